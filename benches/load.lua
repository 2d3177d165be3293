-- DynamoDB requests, the same ones in turn: wrk ... -s load.lua URL -- OPERATION BODY...
-- Prints `load REQUESTS_PER_SECOND P50_MICROSECONDS P99_MICROSECONDS REFUSED`.

function init(args)
  wrk.method = "POST"
  wrk.path = "/"
  wrk.headers["Content-Type"] = "application/x-amz-json-1.0"
  wrk.headers["X-Amz-Target"] = "DynamoDB_20120810." .. args[1]
  wrk.headers["X-Amz-Date"] = "20260101T000000Z"
  wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 "
    .. "Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
    .. "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" .. string.rep("0", 64)
  -- Formatted once: formatting per request would measure Lua.
  local texts = {}
  for number = 2, #args do
    texts[number - 1] = wrk.format(nil, nil, nil, args[number])
  end
  local turn = 0
  request = function()
    turn = turn % #texts + 1
    return texts[turn]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("load %.0f %d %d %d\n",
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
