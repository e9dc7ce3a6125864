package settings

import "errors"

// HTTP says how the same files are served over HTTP and HTTPS, to be read.
type HTTP struct {
	Listen    string `toml:"listen" about:"address to host the same files on over HTTP, for guests" kind:"address"`
	TLSListen string `toml:"tls_listen" about:"the same over HTTPS, for users with passwords too" kind:"address"`
	Sums      *bool  `toml:"sha256sums" about:"each folder has the file SHA256SUMS" default:"true"`
}

// checkHTTP checks the table [http].
func (f *File) checkHTTP() error {
	switch {
	case f.HTTP.TLSListen != "" && f.FTP.TLS == "off":
		return f.wrong("http.tls_listen", errors.New(`HTTPS needs TLS; take tls = "off" out of [ftp]`))
	case f.HTTP.Listen != "" && f.FTP.TLS == "required":
		return f.wrong("http.listen", errors.New(`tls = "required" in [ftp] lets nobody in without TLS; set tls_listen in place of listen`))
	}
	return nil
}
