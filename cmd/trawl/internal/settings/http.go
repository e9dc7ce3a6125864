package settings

import "errors"

// HTTP says how the same files are served over HTTP and HTTPS, to be read.
type HTTP struct {
	Listen    string `toml:"listen"`     // address in the clear, for guests; "" is not served
	TLSListen string `toml:"tls_listen"` // address in TLS; "" is not served
	Sums      *bool  `toml:"sha256sums"` // each folder has the file SHA256SUMS; nil is yes
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
