package gopher

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"

	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// errSecure is the error of guests who are let in over TLS alone.
var errSecure = errors.New("files are served over TLS alone")

// verdicts are the answers to errors. The words do not reveal the server's own paths.
var verdicts = []struct { //nolint:gochecknoglobals // a table
	err  error
	text string
}{
	{account.ErrLogin, "There is nothing for guests here."},
	{errSecure, "Files are served over TLS alone here, which Gopher does not have."},
	{errLong, "This selector is too long."},
	{errDeep, "This path is too deep."},
	{tree.ErrName, "No file here can have this name."},
	{tree.ErrNoDir, "This is no folder."},
	{tree.ErrNoFile, "This is no plain file."},
	{fs.ErrNotExist, "No such file or folder."},
	{fs.ErrPermission, "Permission denied."},
	{context.DeadlineExceeded, "This took too long, try again later."},
}

// verdict returns the sentence for a client about an error.
func verdict(err error) string {
	if said := tree.Sentence(err); said != "" {
		return said
	}
	for _, v := range verdicts {
		if errors.Is(err, v.err) {
			return v.text
		}
	}
	return "This is not available."
}

// reason returns why a transfer was not whole.
func reason(err error) string {
	switch {
	case errors.Is(err, net.ErrClosed):
		return "the connection was closed"
	case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
		return "the client closed the connection"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "the client took nothing for too long"
	}
	return err.Error()
}
