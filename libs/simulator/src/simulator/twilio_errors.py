"""What Twilio answers to what it does not take: https://www.twilio.com/docs/api/errors"""

from simulator.wire import Reply, json_reply

# code: (HTTP status, message). Any other code is played with 400.
ERRORS = {
    "20001": (400, "Invalid parameter"),
    "20003": (401, "Authenticate"),
    "20404": (404, "The requested resource was not found"),
    "20429": (429, "Too Many Requests"),
    "21201": (400, "No 'To' number is specified"),
    "21205": (400, "Invalid Url"),
    "21210": (400, "'From' phone number not verified"),
    "21211": (400, "Invalid 'To' Phone Number"),
    "21212": (400, "Invalid 'From' Number"),
    "21213": (400, "'From' phone number is required"),
    "21214": (400, "'To' phone number cannot be reached"),
    "21215": (400, "Account not authorized to call this country"),
    "21216": (400, "Account not allowed to call this number"),
    "21217": (400, "Phone number does not appear to be valid"),
    "21408": (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    "21601": (400, "Phone number is not a valid SMS-capable inbound phone number"),
    "21602": (400, "Message body is required"),
    "21603": (400, "A 'From' phone number is required"),
    "21604": (400, "A 'To' phone number is required"),
    "21606": (400, "The 'From' phone number provided is not a valid, message-capable Twilio phone number"),
    "21608": (400, "The number is unverified. Trial accounts cannot send messages to unverified numbers"),
    "21609": (400, "Invalid 'StatusCallback' URL"),
    "21610": (400, "Attempt to send to unsubscribed recipient"),
    "21611": (400, "This 'From' number has exceeded the maximum number of queued messages"),
    "21612": (400, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    "21614": (400, "'To' number is not a valid mobile number"),
    "21617": (400, "The concatenated message body exceeds the 1600 character limit"),
}
THROTTLED = frozenset({"20429", "21611"})


def error(code: str) -> Reply:
    status, text = ERRORS.get(code, (400, "Bad request"))
    more = f"https://www.twilio.com/docs/errors/{code}"
    number = int(code) if code.isdecimal() else 20001
    return json_reply(status, {"code": number, "message": text, "more_info": more, "status": status})
