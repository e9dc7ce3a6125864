package crawler_test

import "trawl/index"

// likeFTP are the schemes of the fakes.
func likeFTP() []index.Scheme {
	return []index.Scheme{{Name: "ftp", Port: 21, Service: "ftp", Introduces: true}}
}

func (*fake) Schemes() []index.Scheme { return likeFTP() }
func (many) Schemes() []index.Scheme  { return likeFTP() }
func (*wide) Schemes() []index.Scheme { return likeFTP() }
