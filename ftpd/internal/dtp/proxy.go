package dtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	proxyproto "github.com/pires/go-proxyproto"
)

// proxyWait bounds the wait for the header of a proxy, which sends it at once.
const proxyWait = 5 * time.Second

// ReadProxy reads the header that a proxy sends first, of version 1 or 2 of the PROXY protocol, and no byte behind it. It
// returns the addresses of the connection that the proxy has taken: of the client, and where it connected to. Of a
// connection that the proxy makes for itself (LOCAL, UNKNOWN) it returns zero addresses.
func ReadProxy(conn net.Conn) (client, at netip.AddrPort, err error) {
	_ = conn.SetReadDeadline(time.Now().Add(proxyWait))
	defer conn.SetReadDeadline(time.Time{}) //nolint:errcheck // the next read meets the error
	text, err := readHeader(conn)
	if err != nil {
		return client, at, err
	}
	h, err := proxyproto.Read(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		return client, at, err
	}
	if h.Command.IsLocal() || h.TransportProtocol.IsUnspec() {
		return client, at, nil
	}
	if !h.TransportProtocol.IsStream() {
		return client, at, errNoTCP
	}
	client, at = AddrPort(h.SourceAddr), AddrPort(h.DestinationAddr)
	if !client.IsValid() || !at.IsValid() {
		return client, at, errNoTCP
	}
	return client, at, nil
}

var errNoTCP = errors.New("the header of the proxy is not of a TCP connection")

// The lengths of headers.
const (
	shortest  = 15  // of version 1: "PROXY UNKNOWN" CR LF
	maxLine   = 107 // of version 1: a line
	fixed     = 16  // of version 2: what comes before the addresses, whose length ends it
	maxFields = 2048
)

// readHeader reads a header and nothing behind it.
func readHeader(r io.Reader) ([]byte, error) {
	text := make([]byte, shortest, maxLine)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	if text[0] != 'P' {
		text = append(text, 0)
		if _, err := io.ReadFull(r, text[shortest:]); err != nil {
			return nil, err
		}
		n := int(binary.BigEndian.Uint16(text[fixed-2:]))
		if n > maxFields {
			return nil, errNoHeader
		}
		text = append(text, make([]byte, n)...)
		_, err := io.ReadFull(r, text[fixed:])
		return text, err
	}
	for text[len(text)-1] != '\n' {
		if len(text) == maxLine {
			return nil, errNoHeader
		}
		text = text[:len(text)+1]
		if _, err := io.ReadFull(r, text[len(text)-1:]); err != nil {
			return nil, err
		}
	}
	return text, nil
}

var errNoHeader = errors.New("there is no PROXY header")
