package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"github.com/ledgerofthings/lot/node/api"
)

// Unreachable says that nobody listens at the gateway's address.
type Unreachable struct {
	Address string
	Err     error
}

// Error implements error.
func (e *Unreachable) Error() string {
	return fmt.Sprintf("no gateway answers at %s: is `lot up` running?", e.Address)
}

// Unwrap returns the network's error.
func (e *Unreachable) Unwrap() error { return e.Err }

// Unauthorized says that the gateway does not take the token.
type Unauthorized struct {
	Address   string
	TokenFile string // where the token was read from; empty if it was given directly
	Problem   *api.Problem
}

// Error implements error.
func (e *Unauthorized) Error() string {
	if e.TokenFile == "" {
		return fmt.Sprintf("the gateway at %s does not take this token: the right one is in the API token file in its data folder", e.Address)
	}
	return fmt.Sprintf("the gateway at %s does not take the token in %s: is that the data folder of this gateway?", e.Address, e.TokenFile)
}

// Unwrap returns the gateway's answer.
func (e *Unauthorized) Unwrap() error { return e.Problem }

// IsFault reports whether err is a refusal of the gateway of that kind, such as api.NotYet.
func IsFault(err error, kind api.FaultKind) bool {
	var problem *api.Problem
	return errors.As(err, &problem) && problem.Code == string(kind)
}

// refusal reads the problem document of an answer that is no success.
func (c *Client) refusal(response *http.Response) error {
	problem := &api.Problem{Status: response.StatusCode, Title: http.StatusText(response.StatusCode)}
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil || json.Unmarshal(body, problem) != nil || problem.Detail == "" {
		return fmt.Errorf("%s answers %s without saying why: is that a gateway?", c.shown, response.Status)
	}
	problem.Status = response.StatusCode
	if response.StatusCode == http.StatusUnauthorized {
		return &Unauthorized{Address: c.shown, TokenFile: c.tokenFile, Problem: problem}
	}
	return problem
}

// readToken reads the token file and says what to do if there is none.
func readToken(path string) (api.Token, error) {
	if path == "" {
		return "", errors.New("no API token: name the gateway's token file or data folder")
	}
	token, err := api.ReadToken(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no API token at %s: the gateway makes it when `lot up` starts for the first time; is that the right data folder? (%w)", path, err)
	}
	return token, err
}
