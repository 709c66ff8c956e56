"""Whether two records are one client: features, blocking keys, scores with their evidence. A pure library.

Nothing here knows clusters, pools or Kafka; `score_pairs` is symmetric and depends on the two records alone.
"""

from services.dedupe.matching.blocking import blocking_keys
from services.dedupe.matching.comparison import PairScore, evidence_of, possible_pairs, score_pairs
from services.dedupe.matching.features import Features, features
from services.dedupe.matching.tokens import TOKENS
from services.dedupe.matching.weights import ENGINE_CODE, POSSIBLE, POSSIBLE_WEIGHT, confidence, weight_of

__all__ = [
    "ENGINE_CODE",
    "POSSIBLE",
    "POSSIBLE_WEIGHT",
    "TOKENS",
    "Features",
    "PairScore",
    "blocking_keys",
    "confidence",
    "evidence_of",
    "features",
    "possible_pairs",
    "score_pairs",
    "weight_of",
]
