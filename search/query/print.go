package query

func (n And) String() string    { return "" }
func (n Or) String() string     { return "" }
func (n Not) String() string    { return "" }
func (n Word) String() string   { return n.Text }
func (n Glob) String() string   { return n.Pattern }
func (n Regexp) String() string { return "/" + n.Expr + "/" }
func (n Host) String() string   { return "host:" + n.Name }
func (n Ext) String() string    { return "" }
func (n Type) String() string   { return "" }
func (n Kind) String() string   { return "" }
func (n Size) String() string   { return "" }
func (n Time) String() string   { return "" }
func (n Age) String() string    { return "" }
func (n Places) String() string { return "" }
func (n Text) String() string   { return "text:" + n.Words }
