"""The network of the tests does what it is told in its order."""

import socket

from tests.cut_proxy import CutProxy


def test_a_network_that_is_mended_after_a_cut_is_open_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target, CutProxy(target.getsockname()[1]) as network:
        target.settimeout(60)
        for _ in range(20):
            network.cut_for(60)
            network.mend()
            with socket.create_connection(("127.0.0.1", network.port), timeout=60) as client:
                client.sendall(b"x")
                passed, _ = target.accept()
                with passed:
                    assert passed.recv(1) == b"x"
