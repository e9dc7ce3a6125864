package download

import (
	"bufio"
	"crypto/md5"  //nolint:gosec // archives publish these
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"

	"trawl/index"
)

// algorithm is a way to make a checksum.
type algorithm struct {
	name string           // "SHA-256"
	size int              // of a sum in bytes; no two have the same
	new  func() hash.Hash //
}

// algorithms returns those that are known, the strongest first.
func algorithms() []algorithm {
	return []algorithm{
		{"SHA-512", sha512.Size, sha512.New},
		{"SHA-384", sha512.Size384, sha512.New384},
		{"SHA-256", sha256.Size, sha256.New},
		{"SHA-224", sha256.Size224, sha256.New224},
		{"SHA-1", sha1.Size, sha1.New},
		{"MD5", md5.Size, md5.New},
	}
}

// Sum is the checksum of a file as an archive publishes it.
type Sum struct {
	Algorithm string // "SHA-256"
	Value     []byte
	From      string // the name of the file that says so; it is the server's
}

// SumError says that a file has another checksum.
type SumError struct {
	Want Sum
	Is   []byte
}

// Error names both sums.
func (e *SumError) Error() string {
	return fmt.Sprintf("%s is %x, and %s says %x", e.Want.Algorithm, e.Is, index.Visible(e.Want.From), e.Want.Value)
}

func (s *Sum) newHash() hash.Hash {
	all := algorithms()
	return all[slices.IndexFunc(all, func(a algorithm) bool { return a.name == s.Algorithm })].new()
}

// Check reads a file and returns a *SumError if it has another sum.
func (s *Sum) Check(r io.Reader) error {
	h := s.newHash()
	if _, err := io.Copy(h, r); err != nil {
		return fmt.Errorf("read it back: %w", err)
	}
	return s.compare(h.Sum(nil))
}

func (s *Sum) compare(is []byte) error {
	if !slices.Equal(is, s.Value) {
		return &SumError{*s, is}
	}
	return nil
}

// ReadSum returns the strongest sum that a checksum file has for the file at a path, whose
// directory it is in. It reads what sha256sum and its kin write, also with --tag, what BSD's and
// OpenSSL's programs write, and, if alone is set, a file that has nothing but a sum.
//
//	d41d8cd98f00b204e9800998ecf8427e  ./empty
//	SHA256 (empty) = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
func ReadSum(r io.Reader, at index.Path, alone bool) (best Sum, found bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		line := strings.TrimPrefix(strings.TrimSpace(lines.Text()), "\ufeff")
		value, name := tagged(line)
		if value == nil {
			value, name = plain(line)
		}
		if value == nil || name == "" && !alone || name != "" && !names(name, at) {
			continue
		}
		all := algorithms()
		i := slices.IndexFunc(all, func(a algorithm) bool { return a.size == len(value) })
		if i >= 0 && len(value) > len(best.Value) {
			best, found = Sum{Algorithm: all[i].name, Value: value}, true
		}
	}
	return best, found
}

// longestLine bounds a line of a checksum file, in bytes.
const longestLine = 64 << 10

// plain reads "SUM  NAME", "SUM *NAME", "\SUM  NA\\ME", and "SUM" alone.
func plain(line string) (value []byte, name string) {
	escaped := strings.HasPrefix(line, `\`)
	text, name, _ := strings.Cut(strings.TrimPrefix(line, `\`), " ")
	value = sumOf(text)
	if name != "" && (name[0] == ' ' || name[0] == '*') {
		name = name[1:]
	}
	if escaped {
		name = unescape(name)
	}
	return value, name
}

// tagged reads "SHA256 (NAME) = SUM" and "SHA256(NAME)= SUM".
func tagged(line string) (value []byte, name string) {
	escaped := strings.HasPrefix(line, `\`)
	open, shut := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open <= 0 || shut < open {
		return nil, ""
	}
	text, found := strings.CutPrefix(strings.TrimSpace(line[shut+1:]), "=")
	if !found {
		return nil, ""
	}
	if name = line[open+1 : shut]; escaped {
		name = unescape(name)
	}
	if value = sumOf(strings.TrimSpace(text)); !fits(line[:open], value) {
		return nil, ""
	}
	return value, name
}

// fits reports whether a tag names the algorithm of a sum: others have sums of the same length.
func fits(tag string, value []byte) bool {
	tag = strings.ToUpper(strings.Trim(tag, `\ `))
	tag = strings.NewReplacer("SHA2-", "SHA", "-", "").Replace(tag)
	return slices.ContainsFunc(algorithms(), func(a algorithm) bool {
		return a.size == len(value) && strings.ReplaceAll(a.name, "-", "") == tag
	})
}

// sumOf reads a sum in hexadecimal digits. It is nil if text is none.
func sumOf(text string) []byte {
	value, err := hex.DecodeString(text)
	if err != nil || !slices.ContainsFunc(algorithms(), func(a algorithm) bool { return a.size == len(value) }) {
		return nil
	}
	return value
}

// unescape undoes how sha256sum writes a name with a backslash or a line break.
func unescape(name string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(name)
}

// names reports whether a name in a checksum file is that of the file at a path: its last name, or
// the end of its path. "other/README" does not name /pub/README.
func names(name string, at index.Path) bool {
	clean := strings.TrimPrefix(path.Clean("/"+name), "/")
	return clean == at.Base() || strings.HasSuffix(string(at), "/"+clean)
}
