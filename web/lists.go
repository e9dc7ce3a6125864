package web

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/dustin/go-humanize"

	"trawl/index"
)

// A page of results lists a hundred places and values and more, and each action of
// a template takes a microsecond or two: these lists are drawn here.

// valuesShown is how many values of a facet a page lists.
const valuesShown = 8

// drawPlaces draws the items of the list of a result's places.
func drawPlaces(schemes index.Schemes, r index.Result) template.HTML {
	var b strings.Builder
	for i := range r.Places {
		p := &r.Places[i]
		if p.Down {
			b.WriteString(`<li class="down">`)
		} else {
			b.WriteString("<li>")
		}
		anchor(&b, "host", browse(p.Host, p.Path.Dir()), text(p.Host.Name()))
		b.WriteByte(' ')
		anchor(&b, "path", string(link(schemes, p.Host, p.Path, r.Kind)), "<bdi>"+marked(p.Shown, p.Marks)+"</bdi>")
		switch {
		case p.Down:
			b.WriteString(" <em>down</em>")
		case p.Stale:
			b.WriteString(" <em>not seen lately</em>")
		}
		b.WriteString("</li>\n")
	}
	if more := r.Count - len(r.Places); more > 0 && len(r.Places) < mostAtOnce {
		b.WriteString("<li>")
		anchor(&b, "", everywhere(&r), text("and "+humanize.Comma(int64(more))+" more"))
		b.WriteString("</li>\n")
	}
	return template.HTML(b.String()) //nolint:gosec // made of anchors
}

// Values draws the items of the list of a facet's first values.
func (f found) Values(facet index.Facet) template.HTML {
	var b strings.Builder
	for _, v := range facet.Values[:min(len(facet.Values), valuesShown)] {
		b.WriteString("<li>")
		anchor(&b, "", f.Narrow(v.Query), "<bdi>"+text(label(facet.Name, v.Value))+"</bdi>")
		fmt.Fprintf(&b, " <span class=\"quiet\">%s</span></li>\n", humanize.Comma(int64(v.Count)))
	}
	return template.HTML(b.String()) //nolint:gosec // made of anchors
}

// label is how people write a value of a facet. Only sizes are written otherwise.
//
//	..1KiB, 1KiB..1MiB, 10GiB.. => under 1 KiB, 1 KiB – 1 MiB, 10 GiB and more
func label(facet, value string) string {
	if facet != "size" {
		return value
	}
	from, to, _ := strings.Cut(strings.NewReplacer("KiB", " KiB", "MiB", " MiB", "GiB", " GiB").Replace(value), "..")
	switch {
	case value == "0":
		return "empty"
	case from == "":
		return "under " + to
	case to == "":
		return from + " and more"
	}
	return from + " – " + to
}

// anchor draws a link. What a URL cannot hold is percent-encoded.
//
//	path, ftp://h/a"b, <bdi>a</bdi> => <a class="path" href="ftp://h/a&#34;b"><bdi>a</bdi></a>
func anchor(b *strings.Builder, class, href string, body template.HTML) {
	b.WriteString("<a ")
	if class != "" {
		b.WriteString(`class="` + class + `" `)
	}
	b.WriteString(`href="`)
	at := 0
	for i := range len(href) {
		if c := href[i]; c <= ' ' || c >= 0x7f {
			b.WriteString(template.HTMLEscapeString(href[at:i]))
			fmt.Fprintf(b, "%%%02X", c)
			at = i + 1
		}
	}
	b.WriteString(template.HTMLEscapeString(href[at:]) + `">` + string(body) + "</a>")
}

// text draws s, made visible.
func text(s string) template.HTML {
	return template.HTML(template.HTMLEscapeString(index.Visible(s))) //nolint:gosec // it is escaped
}
