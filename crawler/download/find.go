package download

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"trawl/crawler/fetch"
	"trawl/index"
)

// Lister lists directories of the catalogue; an index.Browser is one.
type Lister interface {
	List(ctx context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error)
}

// ErrNoSum says that no checksum of a file is published beside it.
var ErrNoSum = errors.New("no checksum file that names it lies beside it")

// The limits of a SumFinder.
const (
	mostSumBytes = 16 << 20 // of a checksum file
	mostSumFiles = 8        // that are read of a place
)

// SumFinder finds the checksums that archives publish beside their files.
type SumFinder struct {
	Files  Opener
	Lists  Lister
	Listed bool  // only checksum files that the catalogue holds are asked for
	Bytes  int64 // most of a checksum file; 0 is 16 MiB
}

// Find returns the strongest checksum of a file that one of its places publishes in the same
// directory: in SHA256SUMS, in NAME.sha256, or the like. The places are asked in their order, and the
// checksum file is read from the host where it lies. A directory that the catalogue does not hold is
// asked for the usual names, unless Listed is set. ErrNoSum if there is none.
func (s SumFinder) Find(ctx context.Context, file fetch.File) (Sum, error) {
	s.Bytes = cmp.Or(s.Bytes, mostSumBytes)
	var failed error
	for _, place := range file.Places {
		candidates, err := s.beside(ctx, place)
		if err != nil {
			return Sum{}, err
		}
		for _, c := range candidates {
			sum, found, err := s.read(ctx, place, c)
			if found {
				return sum, nil
			}
			if ctx.Err() != nil {
				return Sum{}, ctx.Err()
			}
			if err != nil && !c.guessed {
				failed = err
			}
		}
	}
	if failed != nil {
		return Sum{}, fmt.Errorf("%w that can be read: %w", ErrNoSum, failed)
	}
	return Sum{}, ErrNoSum
}

// sumFile is what may be a checksum file.
type sumFile struct {
	name     string // on the wire
	size     int64
	strength int  // the greater, the earlier it is read
	alone    bool // it is of one file, whose name it need not hold
	guessed  bool // it is not known whether it is there
}

// beside returns the checksum files beside a place, the strongest first.
func (s SumFinder) beside(ctx context.Context, place index.Place) ([]sumFile, error) {
	base := place.Path.Base()
	out, err := s.listed(ctx, place)
	guessed := false
	switch {
	case (errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrNoHost)) && s.Listed:
		return nil, nil
	case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrNoHost):
		guessed = true
		pattern := sumName()
		for _, name := range usualNames(base) {
			if c, ok := newSumFile(pattern, name, base, index.UnknownSize); ok {
				c.guessed = true
				out = append(out, c)
			}
		}
	case err != nil:
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b sumFile) int {
		return cmp.Or(b.strength-a.strength, cmp.Compare(len(a.name), len(b.name)))
	})
	if len(out) > mostSumFiles && !guessed {
		out = out[:mostSumFiles]
	}
	return out, nil
}

// listed returns the checksum files that the catalogue holds beside a place, in the order of their names.
func (s SumFinder) listed(ctx context.Context, place index.Place) (out []sumFile, err error) {
	base, pattern := place.Path.Base(), sumName()
	var leading []string // the names that the current one begins with, each of which the next begins with
	const page = 8192
	for after := ""; ; {
		listing, err := s.Lists.List(ctx, place.Host, place.Path.Dir(), after, page)
		if err != nil {
			return nil, err
		}
		for i := range listing.Entries {
			e := &listing.Entries[i]
			after = e.Wire()
			for len(leading) > 0 && !strings.HasPrefix(after, leading[len(leading)-1]) {
				leading = leading[:len(leading)-1]
			}
			c, ok := newSumFile(pattern, after, base, e.Size)
			if ok && e.Kind != index.Dir && e.Size <= s.Bytes && !c.ofOther(leading) {
				if e.Kind == index.Link {
					c.size = index.UnknownSize
				}
				out = append(out, c)
			}
			leading = append(leading, after)
		}
		if !listing.More || len(listing.Entries) == 0 {
			return out, nil
		}
	}
}

// ofOther reports whether a checksum file is that of one of some files, by its name: other.iso.sha256 is of other.iso.
func (c *sumFile) ofOther(files []string) bool {
	return !c.alone && slices.Contains(files, strings.TrimSuffix(c.name, path.Ext(c.name)))
}

// usualNames returns names that checksum files have.
func usualNames(base string) []string {
	return []string{
		base + ".sha512", "SHA512SUMS", base + ".sha256", "SHA256SUMS", "sha256sum.txt", "CHECKSUMS", "CHECKSUM",
		base + ".sha1", "SHA1SUMS", base + ".md5", "MD5SUMS", "md5sum.txt",
	}
}

// newSumFile reports whether a name may be that of a checksum file for the file base; pattern is sumName.
func newSumFile(pattern *regexp.Regexp, name, base string, size int64) (c sumFile, ok bool) {
	c = sumFile{name: name, size: size}
	folded := strings.ToLower(name)
	if !strings.Contains(folded, "sum") && !strings.Contains(folded, "sha") && !strings.Contains(folded, "md5") {
		return c, false // most files of a large directory
	}
	if tail, mine := strings.CutPrefix(name, base); mine && len(tail) > 1 {
		c.alone = true
		folded = "sums" + strings.ToLower(tail)
	}
	if folded == strings.ToLower(base) || !pattern.MatchString(folded) {
		return c, false
	}
	c.strength = 2 * strength(folded)
	if c.alone {
		c.strength++
	}
	return c, true
}

// sumName matches the names of checksum files in small letters: sha256sums, md5sum.txt, sha256,
// release-checksums.txt, checksum.sha256-freebsd-14; and sums.sha256 for what follows the name of a
// file.
func sumName() *regexp.Regexp {
	return regexp.MustCompile(`^(?:.*[-_.])?(?:checksums?|sums|(?:sha[-_]?(?:1|224|256|384|512)|sha|md5)(?:[-_.]?sums?)?)` +
		`(?:[-_.](?:sha[-_]?(?:1|224|256|384|512)|md5)(?:sums?)?(?:-.*)?)?(?:\.txt)?$`)
}

// strength returns a number for the name of a checksum file in small letters: the greater, the
// stronger are the sums in it. One that does not say comes between.
func strength(name string) int {
	name = strings.NewReplacer("-", "", "_", "").Replace(name)
	for i, algorithm := range []string{"sha512", "sha384", "sha256", "sha224"} {
		if strings.Contains(name, algorithm) {
			return 9 - i
		}
	}
	switch {
	case strings.Contains(name, "md5"):
		return 1
	case strings.Contains(name, "sha"):
		return 2
	}
	return 3
}

// read reads a checksum file at the host of a place.
func (s SumFinder) read(ctx context.Context, place index.Place, c sumFile) (Sum, bool, error) {
	at := place
	at.Path, at.Shown = place.Path.Dir().Join(c.name), c.name
	body, err := s.Files.Open(ctx, fetch.File{Name: c.name, Size: c.size, Places: []index.Place{at}}, 0)
	if err != nil {
		return Sum{}, false, err
	}
	defer body.Close()
	sum, found := ReadSum(io.LimitReader(body, s.Bytes), place.Path, c.alone)
	sum.From = c.name
	return sum, found, nil
}
