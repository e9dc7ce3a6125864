// Package ftptest starts what the tests of an FTP client need: the real servers
// of Debian on loopback ports, trees of real file names for them to serve, and a
// server that lies on demand.
//
// peers.go starts the real servers, certificate.go makes what they need for TLS,
// tree.go makes trees and reports what find sees in them. liar.go is the server that
// lies: lie.go names its lies, session.go answers commands, strict.go those of servers
// that want to know more, lister.go lists, published.go writes files.
package ftptest
