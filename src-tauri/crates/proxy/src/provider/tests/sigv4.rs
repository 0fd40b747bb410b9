//! Signatures, against numbers that were not made by the code under test.

use super::super::auth::{Key, Signing};
use super::*;
use http::Request;

/// Key and time are those of AWS's published test suite. The signature was calculated with Python's `hmac` and `hashlib`
/// by the steps of
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
#[test]
fn a_signature_is_what_the_steps_of_its_description_come_to() {
    let key = Key::new(AuthForm::SigV4, &SecretString::from(format!("{AWS}:the-token"))).unwrap();
    let mut request =
        Request::post("https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v2%3A1/converse").body(()).unwrap();
    let body = [bytes::Bytes::from_static(b"{\"messages\":"), bytes::Bytes::from_static(b"[]}")];
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
    key.put(&mut request, Signing { region: Some("us-east-1"), body: &body, now }).unwrap();
    assert_eq!(header(request.headers(), "x-amz-date"), Some("20150830T123600Z"));
    assert_eq!(header(request.headers(), "x-amz-security-token"), Some("the-token"));
    assert_eq!(
        header(request.headers(), "authorization"),
        Some(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=ca2fbd226ecc2df9eb9b9760a5c33f7af3d26c8767d88b02b6c5e861e4418da7"
        )
    );
}

#[test]
fn a_call_that_is_to_be_signed_needs_a_region() {
    let unknown = with_keys(ProviderKind::Bedrock, "http://127.0.0.1:9001", ProviderOptions::default(), &[(None, AWS)]);
    let none = HeaderMap::new();
    assert_eq!(unknown.request(outgoing(Dialect::BedrockConverse, "m", &none)).err(), Some(ProviderError::Region));
}
