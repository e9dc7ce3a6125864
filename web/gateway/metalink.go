package gateway

import (
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"trawl/index"
	"trawl/web/address"
	"trawl/web/visitor"
)

// metalinkType is the media type of RFC 5854 section 6.
const metalinkType = "application/metalink4+xml"

// metalinkFile is a document of RFC 5854 with one file.
type metalinkFile struct {
	XMLName   xml.Name      `xml:"urn:ietf:params:xml:ns:metalink metalink"`
	Generator string        `xml:"generator"`
	Name      nameAttribute `xml:"file"`
}

// nameAttribute is a file with the name under which it is kept.
type nameAttribute struct {
	Name string        `xml:"name,attr"`
	Size *int64        `xml:"size"`
	Hash *metalinkHash `xml:"hash"` // section 4.2.4; nil if no host publishes one
	URLs []metalinkURL `xml:"url"`
}

// metalinkURL is a place; 1 is the best.
type metalinkURL struct {
	Priority int    `xml:"priority,attr"`
	URL      string `xml:",chardata"`
}

// metalinkHash is a checksum of the file.
type metalinkHash struct {
	Type  string `xml:"type,attr"` // of the registry of hash functions' textual names: "sha-256"
	Value string `xml:",chardata"` // hexadecimal digits in small letters
}

// metalink answers GET /metalink/SCHEME/HOST/PATH with all places of a file, the best first, and last the gateway, for
// clients that speak HTTP alone. It has the checksum that one of the hosts publishes beside the file.
func (g *Gateway) metalink(w http.ResponseWriter, r *http.Request, e *entry) error {
	file := g.file(r.Context(), e)
	doc := metalinkFile{Generator: "Trawl", Name: nameAttribute{Name: safeName(file.Name)}}
	if file.Size != index.UnknownSize {
		doc.Name.Size = &file.Size
	}
	if sum := g.sums.of(r.Context(), file, func() bool { return g.MayCheck(r) }); len(sum.Value) > 0 {
		doc.Name.Hash = &metalinkHash{strings.ToLower(sum.Algorithm), hex.EncodeToString(sum.Value)}
	}
	var urls []string
	for i := range file.Places {
		urls = append(urls, g.opt.Schemes.URLs(&file.Places[i], index.File)...)
	}
	if own := ownURL(r, e); own != "" {
		urls = append(urls, own)
	}
	for i, to := range urls {
		doc.Name.URLs = append(doc.Name.URLs, metalinkURL{i + 1, to})
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", metalinkType)
	h.Set("Content-Disposition", disposition("attachment", safeName(file.Name)+".meta4"))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Robots-Tag", "noindex")
	_, err = w.Write(append([]byte(xml.Header), append(body, '\n')...))
	return err
}

// ownURL returns the address of the gateway for a file, as the visitor reaches this portal; "" if the request
// does not say.
func ownURL(r *http.Request, e *entry) string {
	u := url.URL{Scheme: visitor.Of(r).Scheme(), Host: r.Host} // the pages go by it, too
	if parsed, err := url.Parse(u.String()); r.Host == "" || err != nil || parsed.Host != r.Host || parsed.User != nil || parsed.Path != "" {
		return ""
	}
	return u.String() + address.Get.Of(e.host.ID, e.path)
}
