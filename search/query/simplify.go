package query

// Simplify returns a tree that matches the same and is no larger. Doing it twice
// does no more.
//
//	(and (and x y) z)              => (and x y z)
//	(or (or x y) z)                => (or x y z)
//	(and x), (or x)                => x
//	(not (not x))                  => x
//	(and x y x)                    => (and x y)
//	(or ext:iso ext:img)           => ext:img,iso
//	(and size:>1K size:<1M)        => size:1025..1048575
//	(and text:a text:b)            => text:"a b"
func Simplify(n Node) Node {
	switch n := n.(type) {
	case And:
		return gather(n.Of, func(n Node) []Node {
			if and, ok := n.(And); ok {
				return and.Of
			}
			return nil
		}, both, func(of []Node) Node { return And{of} })
	case Or:
		return gather(n.Of, func(n Node) []Node {
			if or, ok := n.(Or); ok {
				return or.Of
			}
			return nil
		}, either, func(of []Node) Node { return Or{of} })
	case Not:
		of := Simplify(n.Of)
		if not, ok := of.(Not); ok {
			return not.Of
		}
		return Not{of}
	default:
		return n
	}
}

// gather simplifies branches, takes up the branches of those that flat opens,
// and joins what join can make one of.
func gather(of []Node, flat func(Node) []Node, join func(a, b Node) Node, wrap func([]Node) Node) Node {
	var out []Node
	add := func(n Node) {
		for i, o := range out {
			if o.String() == n.String() {
				return
			}
			if one := join(o, n); one != nil {
				out[i] = one
				return
			}
		}
		out = append(out, n)
	}
	for _, n := range of {
		n = Simplify(n)
		if inner := flat(n); inner != nil {
			for _, n := range inner {
				add(n)
			}
			continue
		}
		add(n)
	}
	if len(out) == 1 {
		return out[0]
	}
	return wrap(out)
}

// both returns one node that matches what a and b both do, or nil.
func both(a, b Node) Node {
	if a, ok := a.(narrower); ok {
		return a.and(b)
	}
	return nil
}

// either returns one node that matches what a or b does, or nil.
func either(a, b Node) Node {
	if a, ok := a.(wider); ok {
		return a.or(b)
	}
	return nil
}
