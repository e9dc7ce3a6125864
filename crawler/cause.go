package crawler

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"syscall"

	"trawl/crawler/pace"
	"trawl/index"
)

// CauseOf returns why something could not be had of a host: the cause of an error of Connect,
// of a way of listing, of Open or of Stat. Nil has none. An error may name its cause itself by a
// method Cause.
func CauseOf(err error) index.Cause {
	if err == nil {
		return index.NoCause
	}
	if named := interface{ Cause() index.Cause }(nil); errors.As(err, &named) {
		return named.Cause()
	}
	for _, of := range causes() {
		if errors.Is(err, of.err) {
			return of.cause
		}
	}
	cause := ofConnection(err)
	if cause == index.Other && errors.Is(err, ErrDown) && WordsOf(err) != "" {
		return index.LoginRefused // it says that it does not want us
	}
	return cause
}

// causes returns the causes of errors. The first that matches counts: what says more comes
// first.
func causes() []struct {
	err   error
	cause index.Cause
} {
	return []struct {
		err   error
		cause index.Cause
	}{
		{ErrAbsent, index.Absent},
		{ErrNoRestart, index.NoRestart},
		{ErrUnwelcome, index.Unwelcome},
		{ErrTrust, index.Untrusted},
		{ErrPlain, index.Encrypted},
		{ErrBusy, index.Busy},
		{ErrLogin, index.LoginRefused},
		{ErrNaming, index.Unnamed},
		{ErrDenied, index.Forbidden},
		{index.ErrNotFound, index.Absent},
		{ErrSilent, index.NoAnswer},
		{pace.ErrStall, index.NoAnswer},
		{ErrMemory, index.Crowded},
		{index.ErrCrowded, index.Crowded},
		{index.ErrBusy, index.Crowded},
		{errLimit, index.Crowded},
	}
}

// ofConnection returns the cause of an error of a network connection.
func ofConnection(err error) index.Cause {
	var name *net.DNSError
	var slow net.Error
	switch {
	case errors.As(err, &name) && !name.IsTimeout:
		return index.NoName
	case errors.Is(err, syscall.ECONNREFUSED):
		return index.Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return index.Unreachable
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return index.NoAnswer
	case errors.As(err, new(textproto.ProtocolError)), errors.As(err, new(tls.RecordHeaderError)):
		return index.Garbled
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, ErrGone):
		return index.Lost
	case errors.Is(err, ErrBroken):
		return index.Garbled
	}
	return index.Other
}

// WordsOf returns the words with which the server itself refused something, or "": nothing of
// ours is among them. They are one line, and visible.
func WordsOf(err error) string {
	if said := interface{ Words() string }(nil); errors.As(err, &said) {
		return said.Words()
	}
	return ""
}
