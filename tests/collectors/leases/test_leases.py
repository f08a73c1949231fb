"""Files of leases, each as its server writes it, and what is no such file."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled, Unreachable
from collectors.leases import dnsmasq, isc, kea, neighbours
from collectors.leases.lease import Lease
from collectors.leases.read import read_leases

DNSMASQ = """\
1763856000 28:e2:97:4a:10:07 10.20.0.7 antMiner 01:28:e2:97:4a:10:07
0 06-28:e2:97:4a:10:08 10.20.0.8 * *
this line is none
duid 00:01:00:01:2c:5d:8f:1a:b8:27:eb:00:00:01
1763856000 754974719 fd00::7 antMiner 00:01:00:01
"""
ISC = """\
# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.20.0.7 {
  starts 4 2025/11/20 00:00:00;
  ends 4 2025/11/20 12:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 28:e2:97:4a:10:07;
  client-hostname "antMiner";
}
lease 10.20.0.8 {
  ends never;
  binding state active;
  hardware ethernet 28:e2:97:4a:10:08;
}
lease 10.20.0.9 {
  ends epoch 1763856000; # Sun Nov 23 00:00:00 2025
  binding state active;
  hardware ethernet 28:e2:97:4a:10:09;
}
lease 10.20.0.10 {
  binding state active;
  hardware ethernet 28:e2:97:4a:10:0a;
}
lease 10.20.0.10 {
  binding state free;
  hardware ethernet 28:e2:97:4a:10:0a;
}
"""
KEA_HEAD = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
)
KEA = (
    KEA_HEAD
    + """\
10.20.0.7,28:e2:97:4a:10:07,01:28:e2:97:4a:10:07,3600,1763850000,1,0,0,antminer.,0,,0
10.20.0.7,28:e2:97:4a:10:07,01:28:e2:97:4a:10:07,3600,1763856000,1,0,0,antminer.,0,,0
10.20.0.8,28:e2:97:4a:10:08,,3600,1763856000,1,0,0,a&#x2cb,0,,0
10.20.0.9,28:e2:97:4a:10:09,,0,1763856000,1,0,0,,0,,0
10.20.0.10,28:e2:97:4a:10:0a,,3600,1763856000,1,0,0,,1,,0
10.20.0.11,,,3600,1763856000,1,0,0,,0,,0
"""
)
NEIGHBOURS = """\
IP address       HW type     Flags       HW address            Mask     Device
10.20.0.7        0x1         0x2         28:e2:97:4a:10:07     *        eth0
10.20.0.8        0x1         0x0         00:00:00:00:00:00     *        eth0
10.20.0.9        0x1         0x6         28:E2:97:4A:10:09     *        eth0
"""


def seven(**more: object) -> Lease:
    known = {"address": "10.20.0.7", "mac": "28:E2:97:4A:10:07", "hostname": "antMiner", "expires_at": 1763856000.0}
    return Lease(**{**known, **more})


def test_dnsmasq() -> None:
    """One line a lease; zero never ends, a star is no name, and IPv6 names no MAC."""
    assert [
        seven(),
        Lease(address="10.20.0.8", mac="28:E2:97:4A:10:08"),
    ] == dnsmasq.leases(DNSMASQ)


def test_isc_dhcpd() -> None:
    """The last block of an address holds, and only while it is active; ends are UTC, epoch seconds or never."""
    assert [
        seven(expires_at=1763640000.0),
        Lease(address="10.20.0.8", mac="28:E2:97:4A:10:08"),
        Lease(address="10.20.0.9", mac="28:E2:97:4A:10:09", expires_at=1763856000.0),
    ] == isc.leases(ISC)


def test_kea() -> None:
    """The last row of an address holds; declined, ended and nameless ones are out."""
    assert [
        seven(hostname="antminer"),
        Lease(address="10.20.0.8", mac="28:E2:97:4A:10:08", hostname="a,b", expires_at=1763856000.0),
    ] == kea.leases(KEA)


def test_neighbours() -> None:
    """Only entries that are complete count."""
    assert [("10.20.0.7", "28:E2:97:4A:10:07"), ("10.20.0.9", "28:E2:97:4A:10:09")] == [
        (lease.address, lease.mac) for lease in neighbours.leases(NEIGHBOURS)
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (DNSMASQ, 2),
        (ISC, 3),
        (KEA, 2),
        (NEIGHBOURS, 2),
        ("", 0),
        ("# nothing yet\n", 0),
        (KEA_HEAD, 0),
        ("duid 00:01\n", 0),
    ],
)
def test_the_form_is_found_out(tmp_path: Path, text: str, count: int) -> None:
    """Whichever server wrote the file, it is read; one without leases has none."""
    path = tmp_path / "leases"
    path.write_text(text)
    assert count == len(read_leases(path))


def test_keas_earlier_files_come_first(tmp_path: Path) -> None:
    """While Kea cleans up, what it has set aside still holds where the newest file says nothing else."""
    path = tmp_path / "kea-leases4.csv"
    path.write_text(KEA_HEAD + "10.20.0.8,28:e2:97:4a:10:18,,3600,1763856000,1,0,0,,0,,0\n")
    (tmp_path / "kea-leases4.csv.2").write_text(KEA)
    assert {"10.20.0.7": "28:E2:97:4A:10:07", "10.20.0.8": "28:E2:97:4A:10:18"} == {
        lease.address: lease.mac for lease in read_leases(path)
    }


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file, a pipe, and a file of something else each say what is wrong with which path."""
    with pytest.raises(Unreachable, match="gone cannot be read: No such file"):
        read_leases(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Garbled, match="pipe is not a plain file"):
        read_leases(tmp_path / "pipe")
    (tmp_path / "song").write_text("la la la\n")
    with pytest.raises(Garbled, match="is no file of leases of dnsmasq, ISC dhcpd or Kea"):
        read_leases(tmp_path / "song")


def test_this_machines_own_neighbours() -> None:
    """The kernel's table can be read here, whatever is in it."""
    assert isinstance(read_leases(neighbours.TABLE), list)


def test_a_name_is_kept_to_what_can_be_shown() -> None:
    """Machines name themselves; what cannot be shown is left out, and a long one is cut."""
    text = ISC.replace('"antMiner"', '"ant' + chr(27) + "[31m" + "x" * 200 + '"')
    name = isc.leases(text)[0].hostname
    assert name is not None
    assert (True, "ant[31mxxx") == (len(name) <= 64, name[:10])


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text of any form ends in anything but leases with an address and a MAC."""
    for form in (dnsmasq, isc, kea, neighbours):
        assert all(lease.address and lease.mac for lease in form.leases(text))
