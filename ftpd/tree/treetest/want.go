package treetest

import (
	"path"
	"strings"

	"trawl/ftpd/tree"
)

// asked is one cell of the table.
type asked struct {
	rules tree.Rules
	op    Op
	path  string // without links, as far as the operation follows them
	kind  Kind
}

// want returns the verdict that an operation must have. It is written apart from package tree on purpose.
func want(rules tree.Rules, op Op, sp Spelling) Verdict {
	a := asked{rules, op, sp.Name, sp.NameKind}
	linked := sp.Through
	if follows(op) {
		a.path, a.kind = sp.Real, sp.RealKind
		linked = linked || sp.NameKind == Link
	}
	if source := (asked{rules, RenameFrom, Source, File}); op == RenameTo && source.judge() != Done {
		return source.no()
	}
	if sp.NameKind == Bad {
		return a.bad(sp)
	}
	if linked && !a.may(path.Dir(sp.linkAt()), tree.List|tree.Read) {
		// The link is not followed, nor is it known as one: what the name itself would get, or nothing.
		a.path, a.kind = sp.At, Nowhere
	}
	if a.path == "" && reserved(sp) {
		return Missing
	}
	if a.path == "" { // it leads nowhere, and is judged as it is written
		a.path, a.kind = sp.At, Nowhere
	}
	if v := a.judge(); v != Done {
		return v
	}
	switch a.kind {
	case Nowhere:
		return Missing
	case Nothing:
		if op == Add && sp.NameKind == Link {
			return Other // nothing is added to what a broken link means
		}
		return a.onNothing()
	}
	return a.onThere()
}

// reserved reports whether a spelling is a name of the folder for asides, which exists for nobody.
func reserved(sp Spelling) bool { return sp.At == "" }

// linkAt returns the link that a spelling passes: the second part of a path in /links or /drop.
func (sp Spelling) linkAt() string {
	return strings.Join(strings.SplitN(sp.At, "/", 4)[:3], "/")
}

// bad returns the verdict on a path that nothing can have.
func (a asked) bad(sp Spelling) Verdict {
	if a.path == "" || len(a.path) > 4095 {
		return Other
	}
	a.path = sp.At
	if v := a.judge(); v != Done {
		return v
	}
	return Other
}

// follows reports whether an operation follows a link that is the last part of a path.
func follows(op Op) bool {
	switch op {
	case Unique, Mkdir, Rmdir, Remove, RenameFrom, RenameTo:
		return false
	}
	return true
}

// at returns the rights at a path.
func (a asked) at(p string) tree.Rights {
	for _, folder := range []string{"/closed", "/pub", "/drop"} {
		if p == folder || strings.HasPrefix(p, folder+"/") {
			return a.rules[folder]
		}
	}
	return a.rules["/"]
}

func (a asked) may(p string, some tree.Rights) bool { return a.at(p)&some != 0 }

// no returns why the rights at the path do not suffice.
func (a asked) no() Verdict {
	if a.at(a.path) != 0 || a.path == "/" {
		return Denied
	}
	// The closed folder does not exist: what a name beside it that is not there would get.
	root := a.rules["/"]
	may := root&a.needs() != 0
	if a.alters() {
		may = root.Has(tree.Write | tree.Read)
	}
	if root == 0 || may {
		return Missing
	}
	return Denied
}

// fixed reports whether the path is a folder of the rules.
func (a asked) fixed() bool { _, ok := a.rules[a.path]; return ok }

// alters reports whether the operation changes what is there, but not its name.
func (a asked) alters() bool { return a.op == SetTime || a.op == Chmod }

// needs returns the rights of which the operation needs one.
func (a asked) needs() tree.Rights {
	return map[Op]tree.Rights{
		Enter: tree.All, Stat: tree.ReadOnly, List: tree.ReadOnly, Read: tree.ReadOnly,
		Put: tree.Write, Unique: tree.Write, Add: tree.Write | tree.Append, Mkdir: tree.Mkdir,
		Rmdir: tree.Delete, Remove: tree.Delete, RenameFrom: tree.Rename, RenameTo: tree.Rename,
	}[a.op]
}

// judge returns Done if the rights suffice to begin.
func (a asked) judge() Verdict {
	ok := false
	switch a.op {
	case Enter:
		ok = a.at(a.path) != 0 || a.path == "/"
	case Stat:
		ok = a.may(a.path, tree.ReadOnly) || a.kind == Folder && (a.at(a.path) != 0 || a.path == "/")
	case List, Read:
		ok = a.may(a.path, tree.ReadOnly)
	case SetTime, Chmod:
		ok = a.at(a.path).Has(tree.Write | tree.Read)
	case Mkdir:
		ok = a.may(path.Dir(a.path), tree.Mkdir)
	default:
		ok = a.may(path.Dir(a.path), a.needs()) && !a.fixed()
	}
	if !ok {
		return a.no()
	}
	return Done
}

// onNothing returns the verdict where there is nothing yet.
func (a asked) onNothing() Verdict {
	switch a.op {
	case Put, Unique, Mkdir, RenameTo:
		return Done
	case Add:
		if a.may(a.path, tree.Write) {
			return Done
		}
		return Denied
	}
	return Missing
}

// onThere returns the verdict where there is something.
func (a asked) onThere() Verdict {
	has := a.at(a.path)
	only := func(done bool) Verdict {
		if done {
			return Done
		}
		return Other
	}
	switch a.op {
	case Enter:
		if a.kind != Folder && !a.may(a.path, tree.ReadOnly) {
			return Missing
		}
		return only(a.kind == Folder)
	case List, Read:
		return a.onOpen()
	case Put:
		return only(has.Has(tree.Read) && a.kind == File)
	case Add:
		if !has.Has(tree.Append) {
			return Denied
		}
		return only(a.kind == File)
	case Mkdir:
		return Other
	case Rmdir:
		return only(a.path == "/empty")
	case Remove:
		return only(a.kind != Folder)
	case RenameTo:
		return only(a.kind != Folder && (has.Has(tree.Delete) || has.Has(tree.Write|tree.Read)))
	case RenameFrom:
		return only(a.path != "/folder") // into itself
	case Chmod:
		return only(a.kind != Pipe)
	}
	return Done
}

// onOpen returns the verdict on List and Read of what is there: opening a folder needs List, opening a file Read.
func (a asked) onOpen() Verdict {
	has := a.at(a.path)
	switch {
	case a.kind == Pipe:
		return Other
	case a.kind == Folder && !has.Has(tree.List), a.kind == File && !has.Has(tree.Read):
		return Denied
	case (a.op == List) == (a.kind == Folder):
		return Done
	}
	return Other
}
