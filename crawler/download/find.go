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

// The limits of FindSum.
const (
	mostSumBytes = 16 << 20 // of a checksum file
	mostSumFiles = 8        // that are read of a place
)

// FindSum returns the strongest checksum of a file that one of its places publishes in the same
// directory: in SHA256SUMS, in NAME.sha256, or the like. The places are asked in their order, and the
// checksum file is read from the host where it lies. A directory that the catalogue does not hold is
// asked for the usual names. ErrNoSum if there is none.
func FindSum(ctx context.Context, src Opener, lists Lister, file fetch.File) (Sum, error) {
	var failed error
	for _, place := range file.Places {
		candidates, err := sumFiles(ctx, lists, place)
		if err != nil {
			return Sum{}, err
		}
		for _, c := range candidates {
			sum, found, err := readSumFile(ctx, src, place, c)
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

// sumFiles returns the checksum files beside a place, the strongest first.
func sumFiles(ctx context.Context, lists Lister, place index.Place) (out []sumFile, err error) {
	base := place.Path.Base()
	listing, err := lists.List(ctx, place.Host, place.Path.Dir(), "", 0)
	switch {
	case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrNoHost):
		for _, name := range usualNames(base) {
			if c, ok := newSumFile(name, base, index.UnknownSize); ok {
				c.guessed = true
				out = append(out, c)
			}
		}
	case err != nil:
		return nil, err
	}
	others := map[string]bool{}
	for i := range listing.Entries {
		others[listing.Entries[i].Wire()] = true
	}
	for i := range listing.Entries {
		e := &listing.Entries[i]
		c, ok := newSumFile(e.Wire(), base, e.Size)
		of := strings.TrimSuffix(c.name, path.Ext(c.name)) // other.iso.sha256 is of other.iso
		if ok && e.Kind != index.Dir && e.Size <= mostSumBytes && (c.alone || !others[of] || of == c.name) {
			if e.Kind == index.Link {
				c.size = index.UnknownSize
			}
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b sumFile) int {
		return cmp.Or(b.strength-a.strength, cmp.Compare(len(a.name), len(b.name)))
	})
	if len(out) > mostSumFiles && !out[0].guessed {
		out = out[:mostSumFiles]
	}
	return out, nil
}

// usualNames returns names that checksum files have.
func usualNames(base string) []string {
	return []string{
		base + ".sha512", "SHA512SUMS", base + ".sha256", "SHA256SUMS", "sha256sum.txt", "CHECKSUMS", "CHECKSUM",
		base + ".sha1", "SHA1SUMS", base + ".md5", "MD5SUMS", "md5sum.txt",
	}
}

// newSumFile reports whether a name may be that of a checksum file for the file base.
func newSumFile(name, base string, size int64) (c sumFile, ok bool) {
	c = sumFile{name: name, size: size}
	folded := strings.ToLower(name)
	if tail, mine := strings.CutPrefix(name, base); mine && len(tail) > 1 {
		c.alone = true
		folded = "sums" + strings.ToLower(tail)
	}
	if folded == strings.ToLower(base) || !sumName().MatchString(folded) {
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

// readSumFile reads a checksum file at the host of a place.
func readSumFile(ctx context.Context, src Opener, place index.Place, c sumFile) (Sum, bool, error) {
	at := place
	at.Path, at.Shown = place.Path.Dir().Join(c.name), c.name
	body, err := src.Open(ctx, fetch.File{Name: c.name, Size: c.size, Places: []index.Place{at}}, 0)
	if err != nil {
		return Sum{}, false, err
	}
	defer body.Close()
	sum, found := ReadSum(io.LimitReader(body, mostSumBytes), place.Path, c.alone)
	sum.From = c.name
	return sum, found, nil
}
