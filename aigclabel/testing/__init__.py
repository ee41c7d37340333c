"""The laws of this library as functions, for plug-ins of third parties and for its own tests.

```python
from aigclabel.testing import check_container, check_policy, check_schema

def test_my_container():
    check_container(MyContainer(), [("image/x-mine", MY_FILE)])
```

Each raises AssertionError with one line that says which law does not hold, and for what. None
needs a test framework.
"""

from aigclabel.testing.basics import SAID, damaged, trust_of
from aigclabel.testing.formats import check_container
from aigclabel.testing.reading import check_every_byte, check_more_trust, check_reading
from aigclabel.testing.scenarios import check_scenario, check_scenarios, scenarios
from aigclabel.testing.stamping import check_both_orders, check_policy, check_stamp, check_twice
from aigclabel.testing.vocabularies import check_schema

__all__ = [
    "SAID",
    "check_both_orders",
    "check_container",
    "check_every_byte",
    "check_more_trust",
    "check_policy",
    "check_reading",
    "check_scenario",
    "check_scenarios",
    "check_schema",
    "check_stamp",
    "check_twice",
    "damaged",
    "scenarios",
    "trust_of",
]
