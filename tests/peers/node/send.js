// node send.js HOST PORT [OPTIONS] < MESSAGE: nodemailer brings a message, as JSON, to a server; prints what came of it, as
// JSON. OPTIONS are more of its own, as JSON.
const { readFileSync } = require("fs");
const { createTransport } = require("nodemailer");

const [host, port, options] = process.argv.slice(2);
// The lab's authority is one that nobody knows; whether a certificate holds is asked elsewhere (test_openssl.py).
const tls = { rejectUnauthorized: false };
const transport = createTransport({ host, port: Number(port), name: "laptop.learner.test", tls, ...JSON.parse(options || "{}") });

transport.sendMail(JSON.parse(readFileSync(0, "utf8")), (error, info) => {
  const { code, responseCode, response, accepted } = error || info;
  console.log(JSON.stringify({ code, responseCode, response, accepted }));
});
