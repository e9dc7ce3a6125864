// Package ftp is the source of hosts that speak FTP and FTPS.
//
// The control connection is net/textproto under hard deadlines and limits: listings
// need pipelining and raw lines. Files are read over the same connections, so that they
// share logins, trust, proxies and limits.
//
// The files: source.go reaches a host; control.go is a control connection,
// login.go what is said on it first, probe.go what is found out then, and tls.go
// whom it trusts; dial.go opens connections, through proxies too; lane.go shares the
// control connections out, mux.go one of them among many; data.go agrees on data
// connections and transfer.go reads them. ways.go offers the ways of listing: stat.go
// one directory on the control connection, single.go one over a data connection,
// tree.go all at once, published.go as a file that the host keeps. identity.go asks
// what directories are known by, dots.go tells that by the lines of . and .. where the
// server does not; open.go reads files.
//
// Sources: RFC 959, 1635 (anonymous), 2228 and 4217 (TLS), 2389 (FEAT), 2428
// (EPSV, EPRT), 2640 (UTF-8), 3659 (MLSx, MDTM, SIZE), 7151 (HOST).
package ftp
