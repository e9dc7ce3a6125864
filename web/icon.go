package web

import (
	"trawl/index"
	"trawl/web/locale"
)

// icon is a symbol of assets/sprite.svg and what it says to those who do not see it.
type icon struct{ Symbol, Label string }

// icon returns the icon of an entry: that of its type, a folder, or that of a link.
func (p *portal) icon(l *locale.Locale, name string, kind index.Kind, size int64) icon {
	symbol := kind.String()
	if kind == index.File {
		if of := p.types.Of(name, kind, size); of != "" {
			symbol = of
		}
	}
	return icon{symbol, l.Text("type." + symbol)}
}
