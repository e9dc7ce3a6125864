package download_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trawl/crawler/download"
	"trawl/index"
)

func TestReadSum(t *testing.T) {
	const m, s1 = "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	const s256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	const s512 = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
	for _, c := range []struct{ name, text, want string }{
		{"GNU", "0" + s256[1:] + "  b.iso\n" + s256 + "  a.iso\n", s256},
		{"GNU, binary", s1 + " *a.iso", s1},
		{"GNU, below the directory itself", m + "  ./a.iso\r\n", m},
		{"the end of the path", m + "  debian/pub/a.iso\n" + s256 + "  /srv/debian/pub/a.iso", m},
		{"another directory", m + "  other/a.iso\n", ""},
		{"BSD", "SHA256 (a.iso) = " + s256 + "\nMD5 (a.iso) = " + m, s256},
		{"OpenSSL", "SHA2-512(a.iso)= " + s512, s512},
		{"OpenSSL of old", "SHA1(a.iso)= " + s1, s1},
		{"a tag that has another length", "SHA256 (a.iso) = " + m, ""},
		{"an algorithm that is not known", "BLAKE2b (a.iso) = " + s512 + "\nSHA3-256 (a.iso) = " + s256 + "\nRMD160 (a.iso) = " + s1, ""},
		{"the strongest", m + "  a.iso\n" + s512 + "  a.iso\n" + s256 + "  a.iso\n", s512},
		{"signed", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# a.iso: 3 bytes\nSHA256 (a.iso) = " + s256 + "\n-----BEGIN PGP SIGNATURE-----\n", s256},
		{"capitals and a mark of byte order", "\ufeff" + strings.ToUpper(m) + "  a.iso", m},
		{"another file", m + "  a.iso.torrent\n", ""},
		{"no name", m + "\n", ""},
		{"noise", "\x00\xff\x1b(a.iso) = \n) = (\n=\n\n", ""},
	} {
		sum, found := download.ReadSum(strings.NewReader(c.text), "/debian/pub/a.iso", false)
		if got := fmt.Sprintf("%x", sum.Value); got != c.want || found != (c.want != "") {
			t.Errorf("%s: %s, %v, want %s", c.name, got, found, c.want)
		}
	}
	if sum, found := download.ReadSum(strings.NewReader(m+"\n"), "/a.iso", true); !found || sum.Algorithm != "MD5" {
		t.Errorf("a sum alone: %+v", sum)
	}
	if _, found := download.ReadSum(strings.NewReader(`\`+m+`  a\\b\n.iso`), "/pub/a\\b\n.iso", true); !found {
		t.Error("an escaped name is not found")
	}
}

// lists is a Lister of the hosts' files.
type lists struct{ *hosts }

func (l lists) List(_ context.Context, id index.HostID, dir index.Path, _ string, _ int) (listing index.Listing, err error) {
	if id == "ftp://new/" {
		return listing, index.ErrNoHost
	}
	for url, f := range l.files {
		if p := at(url); p.Host == id && p.Path.Dir() == dir {
			listing.Entries = append(listing.Entries, index.Entry{Name: p.Path.Base(), Size: int64(len(f.data))})
		}
	}
	slices.SortFunc(listing.Entries, func(a, b index.Entry) int { return strings.Compare(a.Name, b.Name) })
	return listing, nil
}

func TestFindSum(t *testing.T) {
	data := []byte("an image")
	sum5, sum1, sum256, sum512 := md5.Sum(data), sha1.Sum(data), sha256.Sum256(data), sha512.Sum512(data)
	line := func(sum []byte) string { return fmt.Sprintf("%x  a.iso\n", sum) }
	for _, c := range []struct {
		name   string
		files  map[string]string // beside the file on one
		others map[string]string // likewise on two
		host   string
		from   string // "" is ErrNoSum
	}{
		{name: "none"},
		{name: "the strongest", files: map[string]string{"MD5SUMS": line(sum5[:]), "SHA512SUMS": line(sum512[:]), "SHA256SUMS": line(sum256[:])}, from: "SHA512SUMS"},
		{name: "of its own", files: map[string]string{"a.iso.sha1": fmt.Sprintf("%x\n", sum1), "md5sum.txt": line(sum5[:])}, from: "a.iso.sha1"},
		{name: "one that does not name it", files: map[string]string{"SHA512SUMS": "", "sha256sum.txt": line(sum256[:])}, from: "sha256sum.txt"},
		{name: "BSD", files: map[string]string{"CHECKSUM.SHA256-FreeBSD-14": fmt.Sprintf("SHA256 (a.iso) = %x\n", sum256)}, from: "CHECKSUM.SHA256-FreeBSD-14"},
		{name: "of Fedora", files: map[string]string{"Fedora-40-x86_64-CHECKSUM": fmt.Sprintf("SHA256 (a.iso) = %x\n", sum256)}, from: "Fedora-40-x86_64-CHECKSUM"},
		{name: "signatures and tools", files: map[string]string{"SHA256SUMS.gpg": line(sum256[:]), "sha256-tools.tar": line(sum256[:])}},
		{name: "of another file", files: map[string]string{"b.iso": "", "b.iso.sha256": fmt.Sprintf("%x\n", sum256)}},
		{name: "at the other place", others: map[string]string{"SHA256SUMS": line(sum256[:])}, from: "SHA256SUMS"},
		{name: "a host that is not known", host: "new", files: map[string]string{"SHA256SUMS": line(sum256[:])}, from: "SHA256SUMS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.host == "" {
				c.host = "one"
			}
			h := &hosts{files: map[string]*hosted{}}
			for _, base := range []string{"ftp://" + c.host + "/pub/", "ftp://two/mirror/"} {
				h.files[base+"a.iso"] = &hosted{data: data}
			}
			for name, text := range c.files {
				h.files["ftp://"+c.host+"/pub/"+name] = &hosted{data: []byte(text)}
			}
			for name, text := range c.others {
				h.files["ftp://two/mirror/"+name] = &hosted{data: []byte(text)}
			}
			sum, err := download.SumFinder{Files: h, Lists: lists{h}}.Find(t.Context(), fileAt("ftp://"+c.host+"/pub/a.iso", two))
			switch {
			case c.from == "":
				if !errors.Is(err, download.ErrNoSum) {
					t.Errorf("%+v, %v", sum, err)
				}
			case err != nil || sum.From != c.from:
				t.Errorf("%+v, %v, want that of %s", sum, err, c.from)
			default:
				if err := sum.Check(strings.NewReader(string(data))); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func FuzzReadSum(f *testing.F) {
	f.Add("d41d8cd98f00b204e9800998ecf8427e  a.iso", true)
	f.Add("SHA256 (a.iso) = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", false)
	f.Add(`\d41d8cd98f00b204e9800998ecf8427e  a\\.iso`, false)
	f.Fuzz(func(t *testing.T, text string, alone bool) {
		if sum, found := download.ReadSum(strings.NewReader(text), "/pub/a.iso", alone); found && !alone && !strings.Contains(text, "a.iso") {
			t.Errorf("%q: %+v", text, sum)
		}
	})
}
