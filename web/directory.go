package web

import (
	"context"
	"html/template"
	"path"
	"strings"

	"trawl/index"
	"trawl/web/address"
)

// directory is a directory as a page shows it.
type directory struct {
	Shown    string       // its path, made visible
	Address  template.URL // of the page without parameters: its form leads there
	Filter   string
	Sort     string // hidden in the form; "" is the default
	Reverse  bool
	State    standing
	Own      string
	Below    string
	Text     *shownText
	Columns  []column
	Parent   template.URL // "" on all pages but the first, and at the root
	Rows     []row
	Pages    *pager
	Initials []initials
	Empty    string // why there are no rows; "" if there are
}

// row is an entry of a directory. Names are made visible.
type row struct {
	Name, Target string
	Icon         icon
	Dir          bool
	To, Get      template.URL // Get is "" where there is no gateway, and for a directory
	Size, Time   string
}

// initials are links to where names begin with a letter, of the directories or of the files.
type initials struct {
	Of      string
	Letters []letter
}

type letter struct {
	Initial string
	To      template.URL
}

// spot is a directory or a file that a page is about.
type spot struct {
	host index.Host
	path index.Path
}

// newDirectory returns what a page shows of a directory.
func (p *portal) newDirectory(ctx context.Context, v visit, at spot, look index.View, here string) (*directory, error) {
	found, err := p.catalogue.Page(ctx, at.host.ID, at.path, look)
	if err != nil {
		return nil, err
	}
	d := &directory{
		Shown: index.Visible(found.Display()), Address: template.URL(here), Filter: look.Filter, Reverse: look.Reverse, //nolint:gosec // what is foreign in it is percent-encoded
		State: v.standing(&found.Listing, &at.host), Own: v.sum(found.Own, true), Columns: v.columns(here, look), Rows: p.newRows(ctx, v, at, found.Entries),
	}
	if look.Sort != index.ByName {
		d.Sort = string(look.Sort)
	}
	if found.Below.Directories+found.Below.Files > found.Own.Directories+found.Own.Files {
		d.Below = v.sum(found.Below, found.Exact)
	}
	to := func(offset int) template.URL {
		other := look
		other.Offset = offset
		return v.at(here, other)
	}
	d.Pages = v.newPager(look.Offset, len(found.Entries), found.Count, entriesShown, to)
	if found.Count > entriesShown {
		d.Initials = v.newInitials(found.Letters, to)
	}
	if look.Offset == 0 {
		if at.path != at.host.ID.Root() {
			d.Parent = v.page(address.Browse, at.host.ID, at.path.Dir())
		}
		if look.Filter == "" {
			d.Text = p.describe(ctx, v, at, found.Entries)
		}
	}
	if len(d.Rows) == 0 {
		d.Empty = v.emptiness(&found, look)
	}
	return d, nil
}

// newRows returns the entries of a directory as a page shows them.
func (p *portal) newRows(ctx context.Context, v visit, at spot, entries []index.Entry) []row {
	out := make([]row, len(entries))
	links := linkReader{portal: p, at: at, entries: entries}
	for i := range entries {
		e := &entries[i]
		path := at.path.Join(e.Wire())
		r := row{Name: index.Visible(e.Name), Target: index.Visible(e.Target), Time: drawTime(e.Time(), e.Precision), Icon: p.icon(v.Locale, e.Name, e.Kind, e.Size)}
		to, kind := links.follow(ctx, e)
		switch {
		case e.Kind == index.Dir:
			r.Dir, r.To = true, v.page(address.Browse, at.host.ID, path)
		case kind == index.Dir:
			r.To = v.page(address.Browse, at.host.ID, to)
		default:
			r.To, r.Size = v.page(address.File, at.host.ID, path), v.Size(e.Size)
			if p.gets() && kind == index.File {
				r.Get = getting(at.host.ID, path)
			}
		}
		out[i] = r
	}
	return out
}

// getting returns the address of the bytes of a file.
func getting(id index.HostID, p index.Path) template.URL {
	return template.URL(address.Get.Of(id, p)) //nolint:gosec // what is foreign in it is percent-encoded
}

// sum writes how many entries there are, and how large they are together.
//
//	12 directories, 40,000 files, 3.2 GiB
func (v visit) sum(s index.Sum, exact bool) string {
	var parts []string
	if s.Directories > 0 {
		parts = append(parts, v.Count("browse.directories", s.Directories))
	}
	parts = append(parts, v.Count("browse.files", s.Files))
	if s.Files > 0 {
		parts = append(parts, v.Size(s.Bytes))
	}
	text := strings.Join(parts, ", ")
	if !exact {
		return v.Text("browse.at-least", "Sum", text)
	}
	return text
}

// emptiness says why no entry is shown.
func (v visit) emptiness(p *index.Page, look index.View) string {
	switch {
	case p.Count > 0:
		return v.Text("browse.behind-the-end")
	case look.Filter != "":
		return v.Text("browse.none-pass")
	case p.State == index.Denied:
		return v.Text("browse.none-denied")
	}
	return v.Text("browse.empty")
}

// newInitials returns the links to letters: first those of directories, then those of files.
func (v visit) newInitials(letters []index.Letter, to func(offset int) template.URL) []initials {
	out := []initials{{Of: v.Text("browse.initials-dirs")}, {Of: v.Text("browse.initials-files")}}
	for _, l := range letters {
		group := &out[1]
		if l.Dirs {
			group = &out[0]
		}
		group.Letters = append(group.Letters, letter{index.Visible(l.Initial), to(l.Offset)})
	}
	if len(out[0].Letters) == 0 {
		return out[1:]
	}
	if len(out[1].Letters) == 0 {
		return out[:1]
	}
	return out
}

// shownText is a text that describes a directory.
type shownText struct {
	Name, Body string // made visible; lines of Body end as they do
	To         template.URL
}

// describe returns the text that describes a directory, or nil: the first that the catalogue has of
// those that a visitor of the archive would read first.
func (p *portal) describe(ctx context.Context, v visit, at spot, entries []index.Entry) *shownText {
	for _, name := range describing(entries) {
		path := at.path.Join(name)
		text, err := p.catalogue.Text(ctx, at.host.ID, path)
		if err == nil && strings.TrimSpace(text.Body) != "" {
			return &shownText{index.Visible(name), index.VisibleText(text.Body), v.page(address.File, at.host.ID, path)}
		}
	}
	return nil
}

// describing returns the wire names of the entries that describe the directory, the likeliest first.
func describing(entries []index.Entry) []string {
	var out []string
	for _, begin := range []string{".message", "readme", "header", "welcome", "00readme", "00-readme", "00_readme", "index", "00index", "00-index"} {
		for i := range entries {
			e := &entries[i]
			name := strings.ToLower(e.Name)
			stem := strings.TrimSuffix(name, path.Ext(name))
			if e.Kind == index.File && (name == begin || stem == begin) && len(path.Ext(name)) <= 9 {
				out = append(out, e.Wire())
			}
		}
	}
	return out
}
