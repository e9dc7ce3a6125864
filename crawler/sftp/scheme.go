package sftp

import "trawl/index"

// Schemes returns sftp.
func (s *Source) Schemes() []index.Scheme {
	return []index.Scheme{{
		Name: "sftp", Port: 22, Service: "sftp-ssh", Login: "sftp://USER@HOST/ --key FILE", Ways: []string{way}, Breaks: true,
	}}
}

// address returns the address to dial.
func address(id index.HostID) string { return index.NewSchemes((*Source)(nil).Schemes()...).Addr(id) }
