package web

import "trawl/index"

// schemes are those of the hosts in the tests.
func schemes() index.Schemes {
	return index.NewSchemes(index.Scheme{Name: "ftp", Port: 21}, index.Scheme{Name: "ftps", Port: 990})
}
