package ftp

import "trawl/index"

// Schemes returns ftp and, for TLS from the first byte on (implicit TLS), ftps.
func (s *Source) Schemes() []index.Scheme {
	const login = "://USER:PASSWORD@HOST/"
	ways := []string{"LIST -lR", "STAT", "MLSD", "LIST", "ls-lR", "INDEX"}
	return []index.Scheme{
		{Name: "ftp", Port: 21, Service: "ftp", Login: "ftp" + login, Ways: ways, Introduces: true, Typed: true},
		{Name: "ftps", Port: 990, Service: "ftps", Login: "ftps" + login, Ways: ways, Introduces: true, Typed: true},
	}
}

// address returns the address to dial.
func address(id index.HostID) string { return index.NewSchemes((*Source)(nil).Schemes()...).Addr(id) }
