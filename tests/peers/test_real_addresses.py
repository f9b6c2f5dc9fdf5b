"""Lab(real_addresses=True) in a network namespace: programs that know nothing of the lab find their own way in it."""

import pytest

from tests.peers.inside import inside

pytestmark = pytest.mark.peer("dig", "swaks", "ip", "unshare")


def test_dig_walks_from_the_root_by_itself(tmp_path):
    text = inside(tmp_path, """run("dig", "+trace", "+nodnssec", "outlook.test", "MX")""")
    servers = [line.split("(")[1].split(")")[0] for line in text.splitlines() if line.startswith(";; Received")]
    assert servers[:3] == ["192.0.2.53", "a.root-servers.test", "a.nic.test"]
    assert servers[3:] in (["ns1.outlook.test"], ["ns2.outlook.test"])  # dig picks one
    assert "MX\t10 mx1.outlook.test." in text


@pytest.mark.peer("swaks mx")
def test_swaks_delivers_by_mx_and_is_known_by_its_address(tmp_path):
    text = inside(
        tmp_path,
        """
        run("swaks", "--to", "support@outlook.test", "--from", "ada@gmail.test", "--helo", "out.gmail.test",
            "--local-interface", "198.51.100.10")
        print(lab.mailbox("support@outlook.test")[0])
        """,
    )
    assert "=== Connected to mx" in text and "250 2.0.0 Letter kept" in text
    assert "Received: from out.gmail.test (out.gmail.test [198.51.100.10])" in text


def test_the_lab_itself_works_there_too(tmp_path):
    text = inside(
        tmp_path,
        """
        lab.faults.down("mx1.outlook.test")
        print(lab.send("From: ada@gmail.test\\nTo: support@outlook.test, sam@six.test\\n\\nHello\\n"))
        print(lab.mailbox("sam@six.test")[0])
        with lab.tap("mx2.outlook.test") as tap:
            lab.connect("203.0.113.26", 25, source="out.gmail.test").recv(100)
        print(tap)
        lab.close()
        """,
    )
    assert "mx2.outlook.test answered 250" in text
    assert "[IPv6:2001:db8:0:100::10]" in text
    assert "A tap before mx2.outlook.test (203.0.113.26), port 25" in text and "S: 220 mx2.outlook.test" in text
