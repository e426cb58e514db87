package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/attack"
)

// attackView is a kind of adversary, for programs.
type attackView struct {
	Name   string      `json:"name"`
	About  string      `json:"about"`
	Params []paramView `json:"params"`
}

type paramView struct {
	Name    string  `json:"name"`
	Default float64 `json:"default"`
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	About   string  `json:"about"`
}

func viewOfAttack(k *attack.Kind) attackView {
	v := attackView{k.Name, k.About, []paramView{}}
	for _, param := range k.Params {
		v.Params = append(v.Params, paramView(param))
	}
	return v
}

func (p *program) simAttackCommand() *cobra.Command {
	c := &cobra.Command{Use: "attack", Short: "The attacks that scenarios can ask for"}
	c.AddCommand(p.simAttackListCommand(), p.simAttackShowCommand())
	return c
}

func (p *program) simAttackListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List all kinds of attacks", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(*cobra.Command, []string) error {
		views := []attackView{}
		rows := [][]string{{"NAME", "WHAT IT DOES"}}
		for _, k := range attack.Kinds() {
			views = append(views, viewOfAttack(&k))
			rows = append(rows, []string{k.Name, k.About})
		}
		return p.emit(asJSON, views, func(w io.Writer) { table(w, rows...) })
	}
	return c
}

func (p *program) simAttackShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "show NAME", Short: "Show an attack, its parameters, and how a scenario asks for it", Args: wants("NAME")}
	jsonFlag(c, &asJSON)
	c.RunE = func(_ *cobra.Command, args []string) error {
		k, err := attack.Find(args[0])
		if err != nil {
			return err
		}
		return p.emit(asJSON, viewOfAttack(&k), func(w io.Writer) {
			fmt.Fprintf(w, "%s: %s\n\n", k.Name, k.About)
			if len(k.Params) > 0 {
				rows := [][]string{{"PARAMETER", "DEFAULT", "FROM", "TO", "WHAT IT IS"}}
				for _, param := range k.Params {
					rows = append(rows, []string{param.Name, plainNumber(param.Default), plainNumber(param.Min), plainNumber(param.Max), param.About})
				}
				table(w, rows...)
				fmt.Fprintln(w)
			}
			fmt.Fprint(w, attackExample(&k))
		})
	}
	return c
}

// attackExample is how a scenario asks for an attack.
func attackExample(k *attack.Kind) string {
	text := fmt.Sprintf("[[attack]]\nkind = %q\nnodes = \"committee:0-0\"\nfrom = \"20s\"\nuntil = \"60s\"\n", k.Name)
	for n, param := range k.Params {
		if n == 0 {
			text += "[attack.params]\n"
		}
		text += fmt.Sprintf("%s = %s\n", param.Name, plainNumber(param.Default))
	}
	return text
}

// plainNumber writes a number without an exponent, as TOML reads it.
func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
