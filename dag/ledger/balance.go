package ledger

import "github.com/ledgerofthings/lot/dag"

// Balance is in accounts and in deposits. It goes from one to the other and is never made or lost, so the sum stays what it
// was in genesis. An amount of 0 moves nothing and brings nothing into being.

// Move moves an amount between two accounts, which may be one. An account that never received before comes into being.
func (tx *Tx) Move(from, to dag.Account, amount uint64) *Refusal {
	if r := tx.debit(from, amount); r != nil {
		return r
	}
	return tx.credit(to, amount)
}

// Deposit moves an amount from an account into one of the module's deposits. What is in a deposit belongs to nobody but to
// the module's rules. The id is the module's choice, of at most MaxKeyLength bytes.
func (tx *Tx) Deposit(id []byte, from dag.Account, amount uint64) *Refusal {
	if r := checkLength(id); r != nil {
		return r
	}
	held := tx.Deposited(id)
	if amount > dag.MaxInteger-held {
		return Refuse(StatusOverflow, "%d more than the %d in the deposit", amount, held)
	}
	if r := tx.debit(from, amount); r != nil {
		return r
	}
	tx.setDeposit(id, held+amount)
	return nil
}

// Payout moves an amount from one of the module's deposits to an account. An empty deposit is gone.
func (tx *Tx) Payout(id []byte, to dag.Account, amount uint64) *Refusal {
	held := tx.Deposited(id)
	if amount > held {
		return Refuse(StatusInsufficientBalance, "the deposit holds %d, %d are asked for", held, amount)
	}
	tx.setDeposit(id, held-amount)
	return tx.credit(to, amount)
}

// Deposited returns what one of the module's deposits holds, in base units; 0 if there is none.
func (tx *Tx) Deposited(id []byte) uint64 {
	b, ok := tx.entries.Get(depositKey(tx.module, id))
	if !ok {
		return 0
	}
	return integer(b, 0)
}

// Deposited returns what a module's deposit holds, in base units; 0 if there is none.
func (s *State) Deposited(module string, id []byte) uint64 { return s.begin(module).Deposited(id) }

func depositKey(module string, id []byte) []byte { return entryKey(depositPrefix+module+"/", id) }

func (tx *Tx) setDeposit(id []byte, amount uint64) {
	key := depositKey(tx.module, id)
	if amount == 0 {
		tx.entries = tx.entries.Delete(key)
		return
	}
	tx.entries = tx.entries.Set(key, record(amount))
}

func (tx *Tx) setAccount(a dag.Account, account Account) {
	tx.entries = tx.entries.Set(AccountKey(a), account.record())
}

func (tx *Tx) debit(a dag.Account, amount uint64) *Refusal {
	if amount == 0 {
		return nil
	}
	account, _ := tx.Account(a)
	if account.Balance < amount {
		return Refuse(StatusInsufficientBalance, "%s has %d, %d are asked for", a, account.Balance, amount)
	}
	account.Balance -= amount
	tx.setAccount(a, account)
	return nil
}

func (tx *Tx) credit(a dag.Account, amount uint64) *Refusal {
	if amount == 0 {
		return nil
	}
	account, _ := tx.Account(a)
	if amount > dag.MaxInteger-account.Balance {
		return Refuse(StatusOverflow, "%d more than the %d of %s", amount, account.Balance, a)
	}
	account.Balance += amount
	tx.setAccount(a, account)
	return nil
}
