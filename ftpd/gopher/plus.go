package gopher

import (
	"fmt"
	"path"
	"strings"
	"time"

	"trawl/ftpd/tree"
)

// The marks of Gopher+ that a client sends behind a tab: it asks for what is known of an item, or of all items of a menu. A mark that
// begins with "+" asks for the item itself. No item is announced as one of Gopher+, so clients ask for it in the old way. Those that send
// a mark all the same get an answer that they understand.
const (
	aboutItem  = "!"
	aboutItems = "$"
)

// The first line of an answer that ends in a line with a dot, and that of a block.
const (
	plusHead = "+-1\r\n"
	plusItem = "+INFO: "
)

// plus reports whether the field of a request is a mark of Gopher+, and no query.
func (r *request) plus() bool {
	return r.field == aboutItem || r.field == aboutItems || strings.HasPrefix(r.field, "+")
}

// about returns a function that sends what is known of an item.
func (s *session) about(p string) (send func() error, err error) {
	info, err := s.login.View.Stat(p)
	if err != nil {
		return nil, err //nolint:wrapcheck // of the tree
	}
	e := s.login.View.EntryOf(p, path.Base(p), info)
	kind := kindOfMode(e.Name, e.Mode)
	if kind == 0 {
		return nil, tree.ErrNoFile
	}
	text := plusHead + plusItem + string(s.here(selector(p)).append(nil, kind, shown(e.Name)))
	if e.Time != tree.UnknownTime {
		at := time.Unix(e.Time, 0).UTC()
		text += fmt.Sprintf("+ADMIN:\r\n Mod-Date: %s <%s>\r\n", at.Format(time.UnixDate), at.Format("20060102150405"))
	}
	view := map[byte]string{kindMenu: "application/gopher-menu", kindText: "text/plain", kindHTML: "text/html", kindGIF: "image/gif"}[kind]
	if view == "" {
		view = "application/octet-stream"
	}
	text += "+VIEWS:\r\n " + view + ":"
	if kind != kindMenu && e.Size >= 0 {
		text += fmt.Sprintf(" <%dk>", (e.Size+1023)/1024)
	}
	return func() error { return s.say(text + "\r\n" + lastLine) }, nil
}
