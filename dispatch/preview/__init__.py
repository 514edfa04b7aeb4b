"""What a change of areas would have done to the orders of the last weeks."""
