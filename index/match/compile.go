package match

import (
	"errors"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"trawl/index"
	"trawl/search/query"
)

// op is what a condition asks.
type op uint8

const (
	opAll op = iota
	opNone
	opAnd
	opOr
	opNot
	opWord    // text in the path
	opExact   // raw in the path as written, and so text
	opGlob    // the own name fits
	opRegexp  // the own name as written fits
	opName    // text in the own name
	opPath    // text in the whole path
	opPathRE  // the folded path fits
	opPathRaw // the path as written fits
	opDir     // decided by the directory
	opHost    // decided by the host
	opExt
	opType
	opKind
	opSize
	opTime
	opText
)

// cond is a node of a compiled tree.
type cond struct {
	op    op
	of    []cond
	bit   uint64   // of words and what directories decide: its place in a Judge's mask
	text  []byte   // folded
	slash bool     // text has one, so that it may begin in the directory
	last  []byte   // of such a text: what is after its last slash
	raw   string   // as written
	needs [][]byte // folded texts one of which the name or path holds
	glob  glob
	re    *regexp.Regexp
	hosts []bool // by ordinal
	exts  map[string]bool
	kinds [index.Link + 1]bool
	lo    int64 // of sizes and times
	hi    int64 // inclusive
}

// timed tells whether a condition asks for times.
func (c *cond) timed() bool {
	return c.op == opTime || slices.ContainsFunc(c.of, func(c cond) bool { return c.timed() })
}

// compiler makes conditions of a tree.
type compiler struct {
	plan *Plan
	bits int
}

// next returns a bit of the mask.
func (c *compiler) next() uint64 {
	c.bits++
	return 1 << (c.bits - 1)
}

// node compiles a tree. Places is taken out of the top before.
func (c *compiler) node(n query.Node) (cond, error) {
	if c.bits >= query.MaxTerms {
		return cond{}, fmt.Errorf("compile query: more than %d terms", query.MaxTerms)
	}
	switch n := n.(type) {
	case query.And:
		return c.branches(opAnd, n.Of)
	case query.Or:
		return c.branches(opOr, n.Of)
	case query.Not:
		return c.branches(opNot, []query.Node{n.Of})
	case query.Word:
		return c.wordOrDirectory(n)
	case query.Glob:
		return c.pattern(n), nil
	case query.Regexp:
		return c.regexp(n)
	case query.Host:
		return cond{op: opHost, bit: c.next(), hosts: matchHosts(n.Name, c.plan.hosts, c.plan.addr)}, nil
	case query.Ext:
		return cond{op: opExt, exts: folds(n.Of)}, nil
	case query.Type:
		return typeCond(n.Of), nil
	case query.Kind:
		return kindCond(n.Of), nil
	case query.Size:
		return cond{op: opSize, lo: n.Min, hi: n.Max}, nil
	case query.Time:
		return timeCond(n.From, n.To), nil
	case query.Age:
		return ageCond(n, c.plan.now.Unix()), nil
	case query.Text:
		return cond{op: opText}, nil
	case query.Places:
		return cond{}, errors.New("compile query: places: cannot stand in an OR or a NOT")
	}
	return cond{op: opAll}, nil
}

func typeCond(types []string) cond {
	out := cond{op: opType, exts: map[string]bool{}}
	for _, typ := range types {
		for _, ext := range Extensions(typ) {
			out.exts[ext] = true
		}
	}
	return out
}

func kindCond(kinds []string) cond {
	out := cond{op: opKind}
	for k := range out.kinds {
		out.kinds[k] = slices.Contains(kinds, index.Kind(k).String())
	}
	return out
}

// ageCond turns ages into times: Min <= now-t < Max.
func ageCond(n query.Age, now int64) cond {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if n.Max != math.MaxInt64 {
		from = now - n.Max + 1
	}
	if n.Min != math.MinInt64 {
		to = now - n.Min + 1
	}
	return timeCond(from, to)
}

func timeCond(from, to int64) cond {
	if from >= to {
		return cond{op: opNone}
	}
	if to != math.MaxInt64 {
		to--
	}
	return cond{op: opTime, lo: from, hi: to}
}

func (c *compiler) branches(o op, of []query.Node) (cond, error) {
	out := cond{op: o}
	for _, n := range of {
		b, err := c.node(n)
		if err != nil {
			return cond{}, err
		}
		out.of = append(out.of, b)
	}
	return out, nil
}

// wordOrDirectory compiles a word. One that ends in a slash is in the path of what is in
// a directory, and means that directory too.
//
//	linux/     => (or linux/ (and linux *linux kind:dir))
//	pub/linux/ => (or pub/linux/ (and pub/linux linux kind:dir)), linux as a pattern
func (c *compiler) wordOrDirectory(n query.Word) (cond, error) {
	inside := c.word(n)
	path, ends := strings.CutSuffix(n.Text, "/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	if !ends || name == "" || n.In != query.Anywhere && n.In != query.AsWritten {
		return inside, nil
	}
	pattern := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(name)
	if name == path {
		pattern = "*" + pattern
	}
	itself, err := c.branches(opAnd, []query.Node{
		query.Word{Text: path, In: n.In}, query.Glob{Pattern: pattern, In: n.In}, query.Kind{Of: []string{index.Dir.String()}},
	})
	return cond{op: opOr, of: []cond{inside, itself}}, err
}

// word compiles a word. One of which nothing is left when it is folded, as of an
// accent alone, matches everything.
func (c *compiler) word(n query.Word) cond {
	text := []byte(Fold(n.Text))
	out := cond{op: opWord, text: text, raw: n.Text, needs: [][]byte{text}}
	if len(text) == 0 && n.In != query.AsWritten {
		return cond{op: opAll}
	}
	switch n.In {
	case query.InName:
		out.op = opName
		if slices.Contains(text, '/') {
			return cond{op: opNone}
		}
		return out
	case query.InPath:
		out.op = opPath
	case query.InDir:
		out.op = opDir
		if strings.HasPrefix(n.Text, "/") {
			out.raw = Fold(path.Clean(n.Text))
		} else {
			out.raw = ""
		}
	case query.AsWritten:
		out.op = opExact
	case query.Anywhere:
	}
	if i := slices.Index(text, '/'); i >= 0 {
		out.last = text[strings.LastIndexByte(string(text), '/')+1:]
		out.slash = true
	}
	out.bit = c.next()
	return out
}

// pattern compiles a Glob.
func (c *compiler) pattern(n query.Glob) cond {
	if n.In == query.InDir && len(n.Pattern) > 1 {
		n.Pattern = strings.TrimSuffix(n.Pattern, "/")
	}
	if n.In == query.InPath || n.In == query.InDir {
		out := cond{op: opPathRE, re: pathGlob(n.Pattern), needs: longest(n.Pattern)}
		if n.In == query.InDir {
			out.op, out.bit = opDir, c.next()
		}
		return out
	}
	out := cond{op: opGlob, glob: parseGlob(n.Pattern, Fold), needs: longest(n.Pattern)}
	if n.In == query.AsWritten {
		out.glob, out.raw = parseGlob(n.Pattern, func(s string) string { return s }), n.Pattern
	}
	return out
}

// longest returns the longest folded literal of a pattern, or nil.
func longest(pattern string) [][]byte {
	best := ""
	pieces(pattern, func(literal string, _ byte) {
		if s := Fold(literal); len(s) > len(best) {
			best = s
		}
	})
	if best == "" {
		return nil
	}
	return [][]byte{[]byte(best)}
}

// regexp compiles a Regexp. It sees names as they are written, save for case.
func (c *compiler) regexp(n query.Regexp) (cond, error) {
	expr := n.Expr
	if n.In != query.AsWritten {
		expr = "(?i:" + expr + ")"
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return cond{}, fmt.Errorf("compile query: %w", err)
	}
	out := cond{op: opRegexp, re: re, needs: required(n.Expr)}
	if n.In == query.InPath {
		out.op = opPathRaw
	}
	return out, nil
}

// matchHosts returns which hosts a name means: those of that very name, or whose addr
// it is if that is not nil, or else those that have it in their names. A name with
// wildcards must fit as a whole.
func matchHosts(name string, hosts []index.Host, addr func(index.HostID) string) []bool {
	out := make([]bool, len(hosts))
	if strings.ContainsAny(name, "*?") {
		g := parseGlob(name, strings.ToLower)
		for i, h := range hosts {
			out[i] = g.match([]byte(h.ID.Name()))
		}
		return out
	}
	port := addr != nil && strings.Contains(name, ":")
	is := func(h index.Host) bool { return h.ID.Name() == name || port && addr(h.ID) == name }
	whole := slices.ContainsFunc(hosts, is)
	for i, h := range hosts {
		out[i] = is(h) || !whole && strings.Contains(h.ID.Name(), name)
	}
	return out
}

// folds returns the set of the folds of texts.
func folds(of []string) map[string]bool {
	out := make(map[string]bool, len(of))
	for _, s := range of {
		out[Fold(s)] = true
	}
	return out
}
