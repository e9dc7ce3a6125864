// Package codec reads and writes the numbers that the engine's formats consist of.
//
// [Reader] reads a payload value by value and checks all lengths, so that damaged data is
// an error and never a panic. [Column] reads a column of uvarints, eight bytes at a time.
package codec
