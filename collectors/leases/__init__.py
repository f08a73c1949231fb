"""Who has an address on the network, by a DHCP server's file of leases or the kernel's table of neighbours."""
