package ftp

import "trawl/index"

// Schemes returns ftp and, for TLS from the first byte on (implicit TLS), ftps.
func (s *Source) Schemes() []index.Scheme {
	return []index.Scheme{
		{Name: "ftp", Port: 21, Service: "ftp", Login: "ftp://USER:PASSWORD@HOST/", Introduces: true},
		{Name: "ftps", Port: 990, Service: "ftps", Login: "ftps://USER:PASSWORD@HOST/", Introduces: true},
	}
}

// address returns the address to dial.
func address(id index.HostID) string { return index.NewSchemes((*Source)(nil).Schemes()...).Addr(id) }
