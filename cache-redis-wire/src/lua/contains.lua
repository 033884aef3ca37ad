-- KEYS: the entry. Answers 1 or 0.
return is_present(KEYS[1]) and 1 or 0
