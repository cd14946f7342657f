"""`python -m rbacpsp`."""

from rbacpsp.cli import main

if __name__ == "__main__":
    main()
