package settings

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// parsed is a value that is read from text. Its fault is kept until the line of the file is known.
type parsed[T any] struct {
	V   T
	Set bool // it stands in the file
	err error
}

// problem returns what is wrong with the value.
func (p *parsed[T]) problem() error { return p.err }

func (p *parsed[T]) set(v T, err error) { p.V, p.Set, p.err = v, true, err }

// Duration is "30s", "15m", "24h" or "7d"; "0" is none, as -1.
type Duration struct{ parsed[time.Duration] }

// Size is bytes: "10MiB", "700MB", "1024"; "0" is none, as -1.
type Size struct{ parsed[int64] }

// Rate is bytes a second: "2MiB/s"; "0" is none, as -1.
type Rate struct{ parsed[int64] }

// Count is 100; 0 is none, as -1.
type Count struct{ parsed[int] }

// Rights is "list read".
type Rights struct{ parsed[tree.Rights] }

// Network is "192.0.2.0/24" or "2001:db8::1".
type Network struct{ parsed[netip.Prefix] }

// Ports is "50000-50999".
type Ports struct{ parsed[[2]uint16] }

// Password is "$argon2id$...". It never prints itself.
type Password struct{ parsed[account.Hash] }

// UnmarshalText reads the value; problem says what is wrong with it.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil && v == 0 {
		v = -1
	}
	d.set(v, err)
	return nil
}

// ParseDuration reads a duration that may be days and weeks: "12h", "1d", "2w", "1d12h".
func ParseDuration(text string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is not a duration; write it as 30s, 15m, 24h or 7d", text)
	rest, sum := text, time.Duration(0)
	for _, u := range []struct {
		name string
		long time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		m := regexp.MustCompile(`^(\d{1,4})` + u.name).FindStringSubmatch(rest)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, wrong
		}
		sum += time.Duration(n) * u.long
		rest = rest[len(m[0]):]
	}
	if rest != "" || text == "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, wrong
		}
		sum += d
	}
	return sum, nil
}

// UnmarshalText is as that of Duration.
func (s *Size) UnmarshalText(text []byte) error {
	s.set(unbounded(ParseSize(string(text))))
	return nil
}

// ParseSize reads a number of bytes: "10MiB", "700MB", "1024", "0".
func ParseSize(text string) (int64, error) {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size; write it as 700MB or 10MiB", text)
	}
	return int64(n), nil
}

// ParseRate reads bytes a second: "2MiB/s", "500kB/s"; a plain number is bytes a second, too.
func ParseRate(text string) (int64, error) {
	wrong := fmt.Errorf("%q is not a rate; write it as 500kB/s or 2MiB/s", text)
	size, ok := strings.CutSuffix(text, "/s")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	v, err := ParseSize(size)
	if err != nil || !ok {
		return 0, wrong
	}
	return v, nil
}

// unbounded returns -1 for none, which is how a setting says so.
func unbounded(n int64, err error) (int64, error) {
	if err == nil && n == 0 {
		return -1, nil
	}
	return n, err
}

// UnmarshalText is as that of Duration.
func (r *Rate) UnmarshalText(text []byte) error {
	r.set(unbounded(ParseRate(string(text))))
	return nil
}

// UnmarshalText is as that of Duration.
func (c *Count) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(strings.ReplaceAll(string(text), "_", ""))
	if err != nil || n < 0 {
		err = fmt.Errorf("%q is not a whole number; 0 is no limit", text)
	}
	if n == 0 {
		n = -1
	}
	c.set(n, err)
	return nil
}

// UnmarshalText is as that of Duration.
func (r *Rights) UnmarshalText(text []byte) error {
	rights, err := tree.ParseRights(string(text))
	if strings.TrimSpace(string(text)) == "" {
		err = errors.New(`"" is no right; write "none" for none`)
	}
	r.set(rights, err)
	return nil
}

// UnmarshalText is as that of Duration.
func (n *Network) UnmarshalText(text []byte) error {
	n.set(ParseNetwork(string(text)))
	return nil
}

// ParseNetwork reads a network, or an address, which is the network of itself.
func ParseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("%q is no network; write it as 192.0.2.0/24 or 2001:db8::/32", text)
	}
	return p.Masked(), nil
}

// UnmarshalText is as that of Duration.
func (p *Ports) UnmarshalText(text []byte) error {
	from, to, found := strings.Cut(string(text), "-")
	a, err := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	b, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	err = errors.Join(err, err2)
	if !found || err != nil || a == 0 || a > b {
		err = fmt.Errorf("%q is no range of ports; write it as 50000-50999", text)
	}
	p.set([2]uint16{uint16(a), uint16(b)}, err)
	return nil
}

// UnmarshalText is as that of Duration.
func (p *Password) UnmarshalText(text []byte) error {
	p.set(account.ParseHash(string(text)))
	return nil
}
