// Package sweep runs a scenario for every cell of its grid with many seeds, keeps what is done, and joins what several machines
// have done.
//
// A sweep lives in a folder: the scenario with its grid, a plan that says which program and scenario it belongs to, and a
// folder for each run, cells/CELL/seed-N, as package report writes it. What is complete is never run again, so a sweep that was
// interrupted goes on where it was, with more seeds too. Nothing else is remembered: the tables over all runs are made from
// what lies in the folder.
//
// The sweep runs nothing itself: a Runner does. So this package has no clock and needs no simulator.
package sweep
