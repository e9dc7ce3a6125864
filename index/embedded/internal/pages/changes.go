package pages

// Changes compares two transactions of a file of which the second came right after the first.
// It calls fresh with each page that the second has written, and gone with each that it does
// not use any more. known reports whether the first used a page. bbolt never writes to a page
// that is in use, so whatever both use is the same.
func (f *File) Changes(before, after *Meta, known func(id uint64) bool, fresh func(id uint64, p []byte), gone func(id uint64)) error {
	c := changes{file: f, kept: make([]bool, max(before.End, after.End))}
	c.meta, c.passOver, c.visit = after, func(id uint64) bool {
		c.kept[id] = known(id)
		return c.kept[id]
	}, fresh
	if err := c.tree(after.root, 0); err != nil {
		return err
	}
	if err := c.single(after.Freelist); err != nil {
		return err
	}
	c.meta, c.passOver, c.visit = before, func(id uint64) bool { return c.kept[id] }, func(id uint64, _ []byte) { gone(id) }
	if err := c.tree(before.root, 0); err != nil {
		return err
	}
	return c.single(before.Freelist)
}

// changes walks over the pages of a transaction that are not in another one.
type changes struct {
	file     *File
	meta     *Meta
	kept     []bool // by page: both transactions use it
	passOver func(id uint64) bool
	visit    func(id uint64, p []byte)
}

// single visits one page.
func (c *changes) single(id uint64) error {
	if id == noFreelist || id < uint64(len(c.kept)) && c.passOver(id) {
		return nil
	}
	p, err := c.file.read(c.meta, id)
	if err == nil {
		c.visit(id, p)
	}
	return err
}

// tree visits a page and those below it.
func (c *changes) tree(id uint64, depth int) error {
	if id >= uint64(len(c.kept)) || depth > maxDepth {
		return damaged(id, "it is no page of a tree")
	}
	if c.passOver(id) {
		return nil
	}
	p, err := c.file.read(c.meta, id)
	if err != nil {
		return err
	}
	c.visit(id, p)
	for i := range p.len() {
		child := uint64(0)
		if !p.leaf() {
			child = p.child(i)
		} else if value, bucket := p.value(i); bucket {
			child = rootOf(value)
		}
		if child == 0 {
			continue
		}
		if err := c.tree(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}
