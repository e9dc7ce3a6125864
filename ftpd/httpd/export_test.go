package httpd

// Sorts gives all folders together so many bytes to be put in order.
func (srv *Server) Sorts(n int64) { srv.sorting = n }
