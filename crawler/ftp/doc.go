// Package ftp is the source of hosts that speak FTP and FTPS: [Source] reaches one.
//
// The control connection is net/textproto under hard deadlines and limits: listings
// need pipelining and raw lines. Files are read over the same connections, so that they
// share logins, trust, proxies and limits. A published list, a single file that may be
// long, is fetched by jlaffaye/ftp over a connection of its own where there is room for one.
//
// The files: scheme.go has the schemes, source.go reaches a host; control.go is a
// control connection, login.go begins it, probe.go finds out what the server can do, and
// tls.go decides which server is trusted; dial.go opens connections, also through
// proxies; connection.go shares the control connections out, mux.go one of them among many;
// data.go agrees on data connections and transfer.go reads them. ways.go offers the ways
// of listing: stat.go one directory on the control connection, single.go one over a data
// connection, names.go by NLST where that is all there is, tree.go all at once, published.go
// as a file that the host keeps.
// identity.go asks for the identities of directories, dots.go derives them from the
// lines of . and .. where the server has none; open.go reads files, and fetch.go a published list.
//
// Sources: RFC 959, 1635 (anonymous), 2228 and 4217 (TLS), 2389 (FEAT), 2428
// (EPSV, EPRT), 2640 (UTF-8), 3659 (MLSx, MDTM, SIZE), 7151 (HOST).
package ftp
