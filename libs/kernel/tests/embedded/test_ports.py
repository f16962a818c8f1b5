"""Ports for servers of this machine."""

import socket

from ets_kernel.embedded.ports import PORT_FIRST, PORT_LAST, free_ports


def test_ports_differ_also_between_calls_and_before_anybody_listens():
    ports = [*free_ports(20), *free_ports(20)]
    assert len(set(ports)) == 40
    assert all(PORT_FIRST <= port < PORT_LAST for port in ports)


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch):
    (taken,) = free_ports(1)
    with socket.create_server(("127.0.0.1", taken)):
        monkeypatch.setattr("ets_kernel.embedded.ports._places", iter(range(taken - PORT_FIRST, PORT_LAST)))
        assert free_ports(1)[0] > taken
