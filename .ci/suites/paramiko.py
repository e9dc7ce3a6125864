"""The fixtures of paramiko's tests of SFTP, for a server that runs: see paramiko in this folder."""

import os
import shutil

import pytest
from paramiko import SFTPClient, Transport


@pytest.fixture
def sftp_server():
    host, port = os.environ["TRAWL_SFTP"].rsplit(":", 1)
    transport = Transport((host, int(port)))
    transport.connect(username="user", password="12345")
    yield transport
    transport.close()


@pytest.fixture
def sftp(sftp_server):
    client = SFTPClient.from_transport(sftp_server)
    client.FOLDER = "paramiko-test-target"
    folder = os.path.join(os.environ["TRAWL_ROOT"], client.FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    yield client
    shutil.rmtree(folder, ignore_errors=True)
