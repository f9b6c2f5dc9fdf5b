"""A class on one machine: a JupyterHub with a server and a my-course/ for each learner (README.md says how it works).

python3 start.py class ada bob eve
"""
