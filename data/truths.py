"""Truths: what is planted in the demo company, for an analysis to be held against; tests find it in the tables."""

from dataclasses import dataclass
from datetime import date

# Of 210 invited to the app, half activate it and 16.19 % of the invited send a first charged blast: at every size.
INVITED, ACTIVATED, TRANSACTING = 210, 105, 34
# What the app charges for blasts in these Paris days, in euros at size 1; at size s exactly s times as much.
CHARGED_FROM, CHARGED_TO = date(2024, 1, 1), date(2024, 11, 15)
CHARGED = {"email": 3_600_000.0, "whatsapp": 17_800_000.0, "sms": 255_800.0, "ivr": 1_300_000.0}


@dataclass(frozen=True)
class Medium:
    """What a paid channel truly brings about: leads a week = strength * tanh(steepness * a / 2), a its adstock.

    The adstock is the spend of this and the eight Monday weeks before, in units of `budget`, weighted by carry**age
    and divided by the sum of these weights: pymc-marketing's normalised GeometricAdstock(l_max=9), and its
    LogisticSaturation. All at size 1; at size s, spend and leads are s times as much.
    """

    budget: float  # euros that an average week costs
    carry: float  # how much of an effect is left a week later
    steepness: float  # how saturated: tanh(steepness / 2) of `strength` is reached at the budget
    strength: float  # leads a week that no money exceeds


# Search is saturated; Facebook is the largest channel, and its next euro brings the most.
MEDIA = {
    "search": Medium(6_000, 0.10, 3.0, 83.0),
    "facebook": Medium(6_500, 0.45, 0.6, 378.0),
    "display": Medium(1_500, 0.25, 2.5, 18.0),
    "video": Medium(4_000, 0.65, 1.2, 75.0),
    "partner": Medium(1_000, 0.15, 1.5, 39.0),
}
MEMORY = 9  # weeks that an adstock looks back, this one included
# Leads a week without media: begins at 155, ends at 259 and swings by 12 % with its peak at the end of March.
BASELINE, BASELINE_GROWTH, BASELINE_SWING = 155.0, 104.0, 0.12
LEAD_NOISE = 0.02  # standard deviation of the log of a week's leads
LEAD_VALUE = 180.0  # euros of expected margin of the mean lead: times leads per euro it is the return on spend
# Returns that follow from all this over the whole span, in euros of expected margin per euro: of all spend, and of one
# percent more of it.
RETURNS = {"search": 2.17, "facebook": 3.00, "display": 1.71, "video": 1.53, "partner": 4.13}
MARGINAL_RETURNS = {"search": 0.71, "facebook": 2.78, "display": 0.73, "video": 1.06, "partner": 2.65}

# The last touch that is recorded of leads by what brought them about (`none`: no media). Facebook and video work by
# being seen, and their leads come back through search and organic: last touch hides what they do.
LAST_TOUCH = {
    "none": {"search": 0.12, "facebook": 0.05, "display": 0.08, "video": 0.02, "partner": 0.05, "referral": 0.15,
             "dealer": 0.15, "event": 0.06, "organic": 0.32},
    "search": {"search": 0.90, "organic": 0.10},
    "facebook": {"facebook": 0.40, "search": 0.20, "organic": 0.35, "display": 0.05},
    "display": {"display": 0.90, "search": 0.10},
    "video": {"video": 0.45, "search": 0.30, "organic": 0.25},
    "partner": {"partner": 0.90, "organic": 0.10},
}  # fmt: skip
# By last touch: the share of leads that book, and the share of bookings that end in a contract. Display books most and
# sells least; partner is the reverse: good by cost per sale, poor by cost per booking.
BOOKING = {"search": 0.40, "facebook": 0.45, "display": 0.60, "video": 0.68, "partner": 0.09, "referral": 0.45,
           "dealer": 0.50, "event": 0.40, "organic": 0.35}  # fmt: skip
SALE = {"search": 0.26, "facebook": 0.25, "display": 0.05, "video": 0.175, "partner": 0.92, "referral": 0.35,
        "dealer": 0.40, "event": 0.30, "organic": 0.30}  # fmt: skip
# Contracts churn by sBG: the chance to leave in a month is Beta(alpha, beta) of each contract. Video acquires dearly
# and keeps: its contracts live longest and are the largest.
CHURN = {"search": (0.8, 20.0), "facebook": (0.8, 16.0), "display": (1.4, 10.0), "video": (0.5, 40.0),
         "partner": (0.7, 20.0), "referral": (0.6, 22.0), "dealer": (0.7, 24.0), "event": (0.9, 18.0),
         "organic": (0.8, 20.0)}  # fmt: skip
LARGE_CONTRACT = {"video": 0.80, "display": 0.05}  # the share of the larger contracts; of other channels 0.35
OTHER_LARGE_CONTRACT = 0.35

# Accessories and services are bought by BG/NBD in weeks (Fader, Hardie, Lee 2005): r and alpha by channel, a and b.
PURCHASE_R = 0.55
PURCHASE_ALPHA = {"search": 10.0, "facebook": 14.0, "display": 18.0, "video": 9.0, "partner": 8.0, "referral": 7.0,
                  "dealer": 8.0, "event": 10.0, "organic": 9.0}  # fmt: skip
PURCHASE_A, PURCHASE_B = 0.8, 2.6
# Their amounts in euros by Gamma-Gamma (Fader, Hardie 2013): a mean of p * v / (q - 1) = 150.
VALUE_P, VALUE_Q, VALUE_V = 6.0, 4.0, 75.0

# Who becomes a buyer: log-odds added by what is known before the first message. Nothing else of the contact counts,
# apart from the acquisition channel.
PROFILE = {
    "specialty dentist or paediatrician": 0.6,
    "born 1974 to 1989": 0.6,
    "came directly": 0.5,
    "owned a car of the group": 0.7,
    "region North": 0.4,
}
# After the first of each pair, every other purchase of accessories and services is the second.
NEXT_PRODUCT = {
    "Winter tyres (set)": "Tyre change",
    "Wall box, 11 kW": "Charging cable, 7 m",
    "Roof box, 400 l": "Bicycle carrier",
    "Child seat 0-4": "Child seat 4-12",
    "Dashcam": "Phone holder",
}
NEXT_SHARE = 0.5

# A random half of those who allow it are welcomed personally, and become active within 30 days more often by this.
PERSONAL_GAIN = 0.15  # at least, as a difference of shares
CONTROL_SHARE = 0.10  # of the audience of a campaign with a control group is held out
