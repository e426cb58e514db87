package main

import (
	"io"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"
)

// quietZone is how many modules of margin surround a QR code: half of what the norm asks for is enough on a screen.
const quietZone = 2

// drawQR draws a text as a QR code, two modules a character. In capitals it takes the code's denser alphabet; who reads it must not
// care about case.
func drawQR(w io.Writer, text string) {
	qrterminal.GenerateWithConfig(strings.ToUpper(text), qrterminal.Config{
		Level: qr.L, Writer: w, HalfBlocks: true, QuietZone: quietZone,
		BlackChar: qrterminal.BLACK_BLACK, WhiteBlackChar: qrterminal.WHITE_BLACK,
		WhiteChar: qrterminal.WHITE_WHITE, BlackWhiteChar: qrterminal.BLACK_WHITE,
	})
}
