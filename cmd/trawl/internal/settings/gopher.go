package settings

import (
	"errors"
	"fmt"
)

// Gopher says how the same files are served over Gopher, to guests.
type Gopher struct {
	Listen  string `toml:"listen" about:"address to host the same files on over Gopher, for guests; without --root the catalogue alone" kind:"address"`
	Name    string `toml:"name" about:"name of this machine in menus; else that of [ftp], or the address that a client has connected to" kind:"name"`
	Port    int    `toml:"port" about:"port of this machine in menus; else the one that a client has connected to" kind:"number"`
	Results Count  `toml:"results" about:"most results of a search in a menu" kind:"number" default:"100"`
}

// maxResults is how many results of a search a menu may have.
const maxResults = 1000

// checkGopher checks the table [gopher].
func (f *File) checkGopher() error {
	g := &f.Gopher
	switch {
	case g.Port < 0 || g.Port > 65535:
		return f.wrong("gopher.port", fmt.Errorf("%d is no port; write it as 70", g.Port))
	case g.Results.V > maxResults:
		return f.wrong("gopher.results", fmt.Errorf("%d results are too many for a menu; the most are %d", g.Results.V, maxResults))
	case g.Listen != "" && f.FTP.TLS == "required":
		return f.wrong("gopher.listen", errors.New(`Gopher has no TLS, which tls = "required" of [ftp] asks of all; take one of both out`))
	}
	return nil
}

// catalogueByGopher reports whether nothing is hosted, and Gopher alone is served: then it shows the catalogue.
func (f *File) catalogueByGopher() bool {
	others := *f
	others.Gopher.Listen = ""
	return f.Gopher.Listen != "" && f.FTP.Root == "" && len(f.Users) == 0 && !others.Served()
}

// Default fills in the settings that follow from the flags and the file together.
func (f *File) Default() {
	if f.FTP.Catalogue == "" && f.catalogueByGopher() {
		f.FTP.Catalogue = "/"
	}
}
