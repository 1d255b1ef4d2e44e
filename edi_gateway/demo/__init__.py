"""A first look at the gateway: sample customers, their orders, and an SFTP server for them."""
