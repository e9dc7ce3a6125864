package match

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"trawl/index"
	"trawl/search/fold"
	"trawl/search/query"
)

// compiled is the tree of a query made of conditions, with those that are of use apart
// from the tree.
type compiled struct {
	root        condition
	directed    []directed
	marked      []marked
	nameTests   []expression    // that a name must match
	scored      scored          // root, or nil
	phrases     []phrase        // of each branch of an OR, or of all
	companions  map[string]bool // extensions of files that belong to others, as far as they are not asked for
	expressions []*regexp.Regexp
	timed       bool
}

// compiler makes conditions of the nodes of a tree. Its method node is the only place that
// knows all kinds of them.
type compiler struct {
	hosts       []index.Host
	addr        func(index.HostID) string // of a host, with its port; or nil
	now         int64
	texts       *texts
	places      query.Places // what places: asks for
	bits        int
	expressions []*regexp.Regexp
}

// tree compiles a whole tree.
func (c *compiler) tree(tree query.Node) (compiled, error) {
	root, err := c.node(c.top(tree))
	if err != nil {
		return compiled{}, err
	}
	out := compiled{root: root, phrases: phrasesOf(root), expressions: c.expressions}
	out.companions = companionsOf(out.phrases)
	out.scored, _ = root.(scored)
	each(root, true, func(c condition, wanted bool) {
		if d, ok := c.(directed); ok {
			out.directed = append(out.directed, d)
		}
		if m, ok := c.(marked); ok && wanted {
			out.marked = append(out.marked, m)
		}
		if _, ok := c.(timed); ok {
			out.timed = true
		}
	})
	for _, c := range conjuncts(root) {
		if t, ok := c.(nameTested); ok {
			out.nameTests = append(out.nameTests, t.nameTest())
		}
	}
	return out, nil
}

// top takes the nodes that are about whole results out of a tree and returns the rest.
func (c *compiler) top(tree query.Node) query.Node {
	nodes := []query.Node{tree}
	if and, ok := tree.(query.And); ok {
		nodes = and.Of
	}
	c.places = query.Places{Min: 1, Max: math.MaxInt}
	var rest []query.Node
	for _, n := range nodes {
		if p, ok := n.(query.Places); ok {
			c.places.Min, c.places.Max = max(c.places.Min, p.Min), min(c.places.Max, p.Max)
			continue
		}
		if t, ok := n.(query.Text); ok {
			c.texts.words = t.Words
		}
		if n != nil {
			rest = append(rest, n)
		}
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return query.And{Of: rest}
}

// node compiles a node.
func (c *compiler) node(n query.Node) (condition, error) {
	if c.bits >= query.MaxTerms {
		return nil, fmt.Errorf("compile query: more than %d terms", query.MaxTerms)
	}
	switch n := n.(type) {
	case query.And:
		return c.and(n)
	case query.Or:
		return c.or(n)
	case query.Not:
		return c.not(n)
	case query.Word:
		return c.wordOrDirectory(n)
	case query.Glob:
		return c.glob(n), nil
	case query.Regexp:
		return c.regexp(n)
	case query.Host:
		return &hostCond{c.bit(), matchHosts(n.Name, c.hosts, c.addr)}, nil
	case query.Ext:
		return newExt(n.Of), nil
	case query.Type:
		return newType(n.Of), nil
	case query.Kind:
		return newKind(n.Of), nil
	case query.Size:
		return &sizeCond{n.Min, n.Max}, nil
	case query.Time:
		return newTime(n.From, n.To), nil
	case query.Age:
		return newAge(n, c.now), nil
	case query.Text:
		return &textCond{c.texts}, nil
	case query.Places:
		return nil, errors.New("compile query: places: cannot stand in an OR or a NOT")
	case nil:
		return allCond{}, nil
	}
	return nil, fmt.Errorf("compile query: no condition is made of %T", n)
}

// and compiles a conjunction.
func (c *compiler) and(n query.And) (condition, error) {
	branches, err := c.nodes(withoutPunctuation(n.Of)...)
	return newAnd(branches), err
}

// withoutPunctuation leaves out the words that are punctuation alone, such as a dash between
// two words, if there are others.
func withoutPunctuation(nodes []query.Node) []query.Node {
	others := slices.ContainsFunc(nodes, func(n query.Node) bool {
		switch n := n.(type) {
		case query.Word:
			return !punctuation(n)
		case query.Glob, query.Regexp, query.And, query.Or:
			return true
		default:
			return false
		}
	})
	if !others {
		return nodes
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(n query.Node) bool {
		w, ok := n.(query.Word)
		return ok && punctuation(w)
	})
}

// punctuation reports whether a word is nothing but separators or what the fold leaves out,
// and not meant as written.
func punctuation(n query.Word) bool {
	if n.In == query.AsWritten {
		return false
	}
	text := string(fold.Loose(nil, []byte(fold.String(n.Text))))
	return text == "" || text == " " || text == "+"
}

// or compiles a disjunction.
func (c *compiler) or(n query.Or) (condition, error) {
	branches, err := c.nodes(n.Of...)
	return newOr(branches), err
}

// not compiles a negation.
func (c *compiler) not(n query.Not) (condition, error) {
	branch, err := c.node(n.Of)
	return notCond{branch}, err
}

// nodes compiles branches.
func (c *compiler) nodes(nodes ...query.Node) (out []condition, err error) {
	for _, n := range nodes {
		branch, err := c.node(n)
		if err != nil {
			return nil, err
		}
		out = append(out, branch)
	}
	return out, nil
}

// bit returns the next bit of the mask of conditions that directories decide.
func (c *compiler) bit() uint64 {
	c.bits++
	return 1 << (c.bits - 1)
}

// expression numbers a regular expression.
func (c *compiler) expression(re *regexp.Regexp) expression {
	c.expressions = append(c.expressions, re)
	return expression{re, len(c.expressions) - 1}
}

// wordOrDirectory compiles a word. A word that ends in a slash is in the path of what is
// in a directory, and means that directory too.
//
//	linux/     => (or linux/ (and linux *linux kind:dir))
//	pub/linux/ => (or pub/linux/ (and pub/linux linux kind:dir)), linux as a pattern
func (c *compiler) wordOrDirectory(n query.Word) (condition, error) {
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
	itself, err := c.nodes(
		query.Word{Text: path, In: n.In}, query.Glob{Pattern: pattern, In: n.In}, query.Kind{Of: []string{index.Dir.String()}},
	)
	return newOr([]condition{inside, newAnd(itself)}), err
}

// word compiles a word. A word whose fold is empty, such as an accent alone, is searched as
// it is written.
func (c *compiler) word(n query.Word) condition {
	text := newLiteral(n.Text)
	if len(text.text) == 0 {
		n.In = query.AsWritten
	}
	switch n.In {
	case query.InName:
		if text.slash {
			return noneCond{}
		}
		return &nameCond{text}
	case query.InPath:
		return &pathCond{text, c.bit()}
	case query.InDir:
		return newDir(n.Text, c.bit())
	case query.AsWritten:
		return newWritten(n.Text, c.bit())
	case query.Anywhere:
	}
	return &wordCond{text, c.bit()}
}

// glob compiles a pattern.
func (c *compiler) glob(n query.Glob) condition {
	switch n.In {
	case query.InPath:
		return &pathGlobCond{c.expression(pathGlob(n.Pattern)), longest(n.Pattern)}
	case query.InDir:
		if len(n.Pattern) > 1 {
			n.Pattern = strings.TrimSuffix(n.Pattern, "/")
		}
		return newDirGlob(c.expression(pathGlob(n.Pattern)), longest(n.Pattern), c.bit())
	default:
		return newGlob(n.Pattern, n.In == query.AsWritten)
	}
}

// regexp compiles an expression. It matches names as they are written, save for case.
func (c *compiler) regexp(n query.Regexp) (condition, error) {
	expr := composed(n.Expr)
	if n.In != query.AsWritten {
		expr = "(?i:" + expr + ")"
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("compile query: %w", err)
	}
	x, needs := c.expression(re), required(composed(n.Expr))
	if n.In == query.InPath {
		return &pathExprCond{x, needs}, nil
	}
	return &exprCond{x, needs, requiredEnd(composed(n.Expr))}, nil
}
