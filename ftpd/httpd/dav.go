package httpd

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"time"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// propfind is the method that asks for properties (RFC 4918 section 9.1).
const propfind = "PROPFIND"

// The errors of PROPFIND.
var (
	errDepth   = errors.New("a folder is listed by itself, with Depth: 0 or 1, and not with all that is below it")
	errRequest = errors.New("the request is not understood")
)

// options answers OPTIONS: files can be read by WebDAV of class 1 (RFC 4918 section 18.1), without its methods that write.
func options(a *answer) {
	h := a.Header()
	h.Set("Allow", allowed)
	h.Set("DAV", "1")
	h.Set("MS-Author-Via", "DAV")
	h.Set("Content-Length", "0")
	a.WriteHeader(http.StatusOK)
}

// Bounds of the body of PROPFIND.
const (
	maxPropfind = 64 << 10
	maxProps    = 100
	maxNames    = 8 << 10 // bytes of the names of properties: each file in a folder is answered with all of them
)

// wanted is what a PROPFIND asks for.
type wanted struct {
	names []xml.Name // nil: all that are known
	bare  bool       // without values
}

// davNamespace is that of the properties of WebDAV.
const davNamespace = "DAV:"

// properties returns the properties of a file or folder that are known.
func properties(e *entry) []string {
	known := []string{"resourcetype", "displayname"}
	if e.Time != tree.UnknownTime {
		known = append(known, "getlastmodified")
	}
	if e.sized() {
		known = append(known, "getcontentlength")
	}
	if !e.folder() {
		known = append(known, "getcontenttype")
	}
	return known
}

// readWanted reads the body of a PROPFIND. None is as allprop.
func readWanted(r io.Reader) (w wanted, err error) {
	body, err := io.ReadAll(io.LimitReader(r, maxPropfind+1))
	if err != nil || len(body) > maxPropfind {
		return w, errRequest
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return w, nil
	}
	var x struct {
		XMLName  xml.Name  `xml:"DAV: propfind"`
		All      *struct{} `xml:"DAV: allprop"`
		PropName *struct{} `xml:"DAV: propname"`
		Prop     *struct {
			Names []struct{ XMLName xml.Name } `xml:",any"`
		} `xml:"DAV: prop"`
	}
	if err := xml.Unmarshal(body, &x); err != nil {
		return w, errRequest
	}
	switch {
	case x.PropName != nil:
		w.bare = true
	case x.Prop != nil && len(x.Prop.Names) <= maxProps:
		w.names = []xml.Name{}
		size := 0
		for _, n := range x.Prop.Names {
			w.names = append(w.names, n.XMLName)
			size += len(n.XMLName.Space) + len(n.XMLName.Local)
		}
		if size > maxNames {
			return w, errRequest
		}
	case x.All == nil:
		return w, errRequest
	}
	return w, nil
}

// propfind answers PROPFIND. A folder is listed as it is read.
func (s *session) propfind(a *answer, r *http.Request, t target) error {
	want, err := readWanted(r.Body)
	if err != nil {
		return err
	}
	depth := r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		return errDepth
	}
	info, err := s.login.View.Stat(t.path)
	if err != nil {
		return err //nolint:wrapcheck // of the tree
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return tree.ErrNoFile
	}
	self := entry{Entry: s.login.View.EntryOf(t.path, path.Base(t.path), info)}
	before := s.conn.moved.Load()
	s.activity.Moves("list", t.path, func() int64 { return s.conn.moved.Load() - before })
	s.conn.gather()
	m := &multistatus{answer: a, out: bufio.NewWriterSize(a, pageBuffer), want: want, path: t.path, self: &self}
	if depth == "1" && info.IsDir() {
		err = s.read(r.Context(), t.path, asked{sort: "name"}, m.add)
	} else {
		err = m.add(nil)
	}
	if err != nil {
		return err
	}
	_, _ = m.out.WriteString("</D:multistatus>\n") // bufio keeps the error
	if err := m.out.Flush(); err != nil {
		return fmt.Errorf("send a folder: %w", err)
	}
	return nil
}

// multistatus is an answer with the properties of several files (RFC 4918 section 13).
type multistatus struct {
	*answer
	out  *bufio.Writer
	want wanted
	path string
	self *entry
	b    []byte
}

// add says of some files in the folder what is asked for, of the folder itself first.
func (m *multistatus) add(some []entry) error {
	if m.status == 0 {
		m.event = listed(m.path)
		m.Header().Set("Content-Type", "application/xml; charset=utf-8")
		m.WriteHeader(http.StatusMultiStatus)
		_, _ = m.out.WriteString(xml.Header + `<D:multistatus xmlns:D="DAV:">` + "\n") // bufio keeps the error
		_, _ = m.out.Write(m.want.response(nil, m.path, m.self))
	}
	for i := range some {
		e := &some[i]
		if !e.folder() && !e.Mode.IsRegular() {
			continue
		}
		m.b = m.want.response(m.b[:0], path.Join(m.path, e.Name), e)
		if _, err := m.out.Write(m.b); err != nil {
			return fmt.Errorf("send a folder: %w", err)
		}
	}
	return nil
}

// response appends what is said of one file or folder.
func (w *wanted) response(b []byte, p string, e *entry) []byte {
	b = append(b, "<D:response><D:href>"...)
	b = appendEscaped(b, p)
	if e.folder() && p != "/" {
		b = append(b, '/')
	}
	b = append(b, "</D:href>"...)
	known := properties(e)
	if w.names == nil {
		b = append(b, "<D:propstat><D:prop>"...)
		for _, name := range known {
			b = w.property(b, name, e)
		}
		return append(b, "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>\n"...)
	}
	is := func(n xml.Name) bool { return n.Space == davNamespace && slices.Contains(known, n.Local) }
	if slices.ContainsFunc(w.names, is) {
		b = append(b, "<D:propstat><D:prop>"...)
		for _, n := range w.names {
			if is(n) {
				b = w.property(b, n.Local, e)
			}
		}
		b = append(b, "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"...)
	}
	if slices.ContainsFunc(w.names, func(n xml.Name) bool { return !is(n) }) || len(w.names) == 0 {
		b = append(b, "<D:propstat><D:prop>"...)
		for _, n := range w.names {
			if !is(n) {
				b = appendEmpty(b, n)
			}
		}
		b = append(b, "</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"...)
	}
	return append(b, "</D:response>\n"...)
}

// appendEmpty appends a property without a value. No prefix may stand for the absence of a namespace (Namespaces in XML 1.0 section 2.2).
//
//	{u}a => <x:a xmlns:x="u"/>
//	{}a  => <a xmlns=""/>
func appendEmpty(b []byte, n xml.Name) []byte {
	if n.Space == "" {
		return fmt.Appendf(b, `<%s xmlns=""/>`, escapeXML(n.Local))
	}
	return fmt.Appendf(b, `<x:%s xmlns:x="%s"/>`, escapeXML(n.Local), escapeXML(n.Space))
}

// property appends a property (RFC 4918 section 15).
func (w *wanted) property(b []byte, name string, e *entry) []byte {
	b = append(append(append(b, "<D:"...), name...), '>')
	if !w.bare {
		switch name {
		case "resourcetype":
			if e.folder() {
				b = append(b, "<D:collection/>"...)
			}
		case "displayname":
			b = append(b, escapeXML(names.Encode(e.Name))...)
		case "getlastmodified":
			b = time.Unix(e.Time, 0).UTC().AppendFormat(b, http.TimeFormat)
		case "getcontentlength":
			b = fmt.Append(b, e.Size)
		case "getcontenttype":
			kind := mediaOf(e.Name)
			if kind == "" {
				kind = unknown
			}
			b = append(b, kind...)
		}
	}
	return append(append(append(b, "</D:"...), name...), '>')
}

func escapeXML(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes all
	return b.String()
}
