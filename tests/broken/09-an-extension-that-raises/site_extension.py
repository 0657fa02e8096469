TABLE = {}
TABLE['missing']
