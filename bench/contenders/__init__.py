"""What is compared. `contender` says what each must do, `known` lists them."""
